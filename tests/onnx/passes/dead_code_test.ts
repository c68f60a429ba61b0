import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { removeDeadCode } from "../../../lib/onnx/passes/dead_code.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { float32, int64 } from "../../../lib/tensor/tensor.ts";

function graphWithConstants(): Model {
  const g = new GraphBuilder("constants");
  const x = g.input("x", "float32", ["N", 3]);
  const w = g.parameter("w", float32([1, 2, 3, 4, 5, 6], [2, 3]));
  const shape = g.constant(int64([3, 2]));
  const ones = g.constantOfShape(shape, float32([2]));
  const transposed = g.transpose(g.identity(w), [1, 0]);
  g.output(g.matMul(x, g.add(transposed, ones)), "y");
  g.relu(x); // dead
  return g.model();
}

Deno.test("removeDeadCode drops what no output needs, and returns the same model where there is nothing", () => {
  const model = removeDeadCode(graphWithConstants());
  assert.ok(!model.graph.nodes.some(({ op }) => op === "Relu"));
  assert.equal(removeDeadCode(model), model);
});
