import assert from "node:assert/strict";
import { castNumber } from "../../lib/tensor/cast_number.ts";

Deno.test("to bool all but zero is one, to whole types the point goes, to floats a number stays", () => {
  const numbers = [0.5, -0.5, 256, 2, -1, 0, NaN];
  assert.deepEqual(numbers.map((x) => castNumber(x, "bool")), [1, 1, 1, 1, 1, 0, 1]);
  assert.deepEqual(numbers.map((x) => castNumber(x, "int64") + 0), [0, 0, 256, 2, -1, 0, NaN]);
  assert.deepEqual(numbers.map((x) => castNumber(x, "float16")), numbers);
});
