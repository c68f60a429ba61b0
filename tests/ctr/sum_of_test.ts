import assert from "node:assert/strict";
import { sumOf } from "../../lib/ctr/sum_of.ts";

Deno.test("what a mask keeps, and none, are sums", () => {
  const mask = Uint8Array.from({ length: 1000 }, (_, i) => i % 3 === 0 ? 1 : 0);
  assert.equal(sumOf(mask), mask.filter((one) => one === 1).length);
  assert.equal(sumOf([]), 0);
});
