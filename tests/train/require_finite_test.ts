import assert from "node:assert/strict";
import { float32, Tensor } from "../../lib/tensor/tensor.ts";
import { requireFinite } from "../../lib/train/require_finite.ts";

Deno.test("weights that are no finite numbers are refused by name and place", () => {
  const fine = float32([0, -1e38], [2]);
  requireFinite([["a", fine]], "go on", "stop");
  for (const [i, bad] of [NaN, Infinity, -Infinity].entries()) {
    const data = new Float64Array(4);
    data[i] = bad;
    assert.throws(
      () => requireFinite([["a", fine], ["b", new Tensor("float64", data, [2, 2])]], "go on", "stop"),
      {
        name: "RangeError",
        message: `Cannot go on: weight "b" holds ${bad} at place ${i}, expected finite numbers; stop`,
      },
    );
  }
});
