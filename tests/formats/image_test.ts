import assert from "node:assert/strict";
import { toByte } from "../../lib/formats/image.ts";

Deno.test("bytes are the nearest, halves go up, and what is outside goes to the ends", () => {
  assert.deepEqual([0.49, 0.5, 1.5, 2.5, 254.5, 254.4].map(toByte), [0, 1, 2, 3, 255, 254]);
  assert.deepEqual([-1, -0.4, 256, Infinity, -Infinity].map(toByte), [0, 0, 255, 255, 0]);
});
