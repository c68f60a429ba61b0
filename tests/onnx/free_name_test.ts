import assert from "node:assert/strict";
import { freeName } from "../../lib/onnx/free_name.ts";

Deno.test("a name is given once, and none that is taken", () => {
  const taken = new Set(["w", "w_1"]);
  assert.deepEqual(["w", "w", "v", "v"].map((stem) => freeName(taken, stem)), ["w_2", "w_3", "v", "v_1"]);
  assert.equal(taken.size, 6);
});
