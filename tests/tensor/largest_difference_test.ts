import assert from "node:assert/strict";
import { largestDifference } from "../../lib/tensor/largest_difference.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";

Deno.test("numbers that are not finite differ from all but themselves, and are no scale for the others", () => {
  const compare = (a: number[], b: number[]) => largestDifference(float32(a), float32(b));
  const masked = [-Infinity, NaN, Infinity, 2, -4];
  assert.deepEqual(compare(masked, masked), { largest: 0, scale: 4 });
  assert.deepEqual(compare(masked, masked.with(3, 2.5)), { largest: 0.5, scale: 4 });
  for (const [place, value] of masked.entries()) {
    for (const other of [-Infinity, NaN, Infinity, 2, -4]) {
      if (Object.is(value, other) || (Number.isFinite(value) && Number.isFinite(other))) continue;
      assert.deepEqual(compare(masked, masked.with(place, other)).largest, Infinity, `${value} and ${other}`);
    }
  }
  assert.deepEqual(compare([0, -0], [-0, 0]), { largest: 0, scale: 0 });
  assert.deepEqual(compare([], []), { largest: 0, scale: 0 });
  assert.deepEqual(largestDifference(int64([3, -9]), int64([4, -9])), { largest: 1, scale: 9 });
});
