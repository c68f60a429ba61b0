import { deepEqual } from "node:assert/strict";
import { segmentsOf } from "../../../lib/prune/rows/reshape_segments.ts";

Deno.test("two shapes are cut into the shortest runs that hold the same elements", () => {
  deepEqual(segmentsOf([2, 12, 5], [2, 3, 4, 5]), [
    { from: [0], to: [0] },
    { from: [1], to: [1, 2] },
    { from: [2], to: [3] },
  ]);
  deepEqual(segmentsOf(["N", 4, 3, 3], ["N", 36]), [{ from: [0], to: [0] }, { from: [1, 2, 3], to: [1] }]);
});
