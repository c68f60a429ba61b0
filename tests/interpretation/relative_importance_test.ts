import assert from "node:assert/strict";
import { importanceShift, relativeImportance } from "../../lib/interpretation/relative_importance.ts";

Deno.test("relative importance sums to one, and what gained did not shift", () => {
  const before = { a: { x: 1, y: 3 }, b: { x: 0, y: 0 } };
  assert.deepEqual(relativeImportance(before), { a: { x: 0.25, y: 0.75 }, b: { x: 0, y: 0 } });
  assert.deepEqual(importanceShift(before, { a: { x: 5, y: 5 }, b: { x: 1, y: 0 } }), {
    a: { x: 0, y: 0.25 },
    b: { x: 0, y: 0 },
  });
  assert.throws(() => importanceShift(before, { a: { x: 1 } }), /importance of y for a/);
});
