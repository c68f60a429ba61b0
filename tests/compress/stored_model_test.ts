import assert from "node:assert/strict";
import { storedModel } from "../../lib/compress/stored_model.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

Deno.test("constants become initializers, old operator sets new ones, and results stay", async () => {
  const g = new GraphBuilder("old", { "": 13 });
  const x = g.input("x", "float32", ["N", 2]);
  const [w] = g.node("Constant", [], { value: float32([1, 2, 3, 4], [2, 2]) });
  g.output(g.matMul(x, w!), "y");
  const model = g.model();
  const stored = storedModel(model);
  assert.ok((stored.info.opsets[""] ?? 0) >= 18);
  assert.ok(stored.graph.nodes.every(({ op }) => op !== "Constant"));
  const feeds = { x: float32([1, -1, 0.5, 2], [2, 2]) };
  assert.deepEqual((await runModel(stored, feeds)).y!.data, (await runModel(model, feeds)).y!.data);
});
