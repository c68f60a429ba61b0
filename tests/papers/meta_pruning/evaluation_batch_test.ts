import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { evaluationBatch } from "../../../lib/papers/meta_pruning/evaluation_batch.ts";

Deno.test("small examples go by 500, large ones as many as 64 MiB hold, and one at least", () => {
  const images = (side: number) => {
    const g = new GraphBuilder();
    g.output(g.relu(g.input("x", "float32", ["N", 3, side, side])), "y");
    return g.model();
  };
  assert.equal(evaluationBatch(mlp({ sizes: [64, 10] })), 500);
  assert.equal(evaluationBatch(images(224)), Math.floor(64 * 2 ** 20 / 4 / (3 * 224 * 224)));
  assert.equal(evaluationBatch(images(4096)), 1);
});
