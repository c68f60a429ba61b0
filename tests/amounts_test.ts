import assert from "node:assert/strict";
import { counted, percent, threeDigits } from "../lib/amounts.ts";

Deno.test("one is told from several", () => {
  assert.deepEqual([0, 1, 2, 3000].map((count) => counted(count, "place")), [
    "0 places",
    "1 place",
    "2 places",
    "3,000 places",
  ]);
});

Deno.test("measured numbers have three digits, and no exponent where they are large", () => {
  const numbers = [0.046_61, 0.5, 12.34, 999.4, 999.6, 1340.2, 65_432, Infinity];
  assert.deepEqual(numbers.map(threeDigits), [
    "0.0466",
    "0.500",
    "12.3",
    "999",
    "1,000",
    "1,340",
    "65,400",
    "∞",
  ]);
});

Deno.test("a part is told in percent, to a tenth", () => {
  assert.deepEqual([0, 0.5816, 1, 1.25].map(percent), ["0.0 %", "58.2 %", "100.0 %", "125.0 %"]);
});
