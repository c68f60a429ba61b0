import assert from "node:assert/strict";
import { extent } from "../lib/extent.ts";

Deno.test("the smallest and the largest are found among more numbers than a call has room for", () => {
  const many = Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 300_000);
  assert.deepEqual(extent(many), [0, 299_999]);
  assert.throws(() => Math.max(...many), RangeError);
  assert.deepEqual([extent([]), extent([-3]), extent(new Set([2, -1]))], [[0, 0], [-3, -3], [-1, 2]]);
});
