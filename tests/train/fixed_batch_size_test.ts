import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { fixedBatchSize } from "../../lib/train/fixed_batch_size.ts";

Deno.test("a batch is fixed where the first input that is fed has a number of rows", () => {
  const withRows = (rows: number | string) => {
    const g = new GraphBuilder();
    g.output(g.relu(g.input("x", "float32", [rows, 3])), "y");
    return g.model();
  };
  assert.deepEqual([fixedBatchSize(withRows(4)), fixedBatchSize(withRows("N"))], [4, undefined]);
  // Weights that a file lists among its inputs are not fed.
  const { graph } = mlp({ sizes: [2, 3] });
  const listed = mlp({ sizes: [2, 3] }).withGraph({ ...graph, inputs: ["0.weight", ...graph.inputs] });
  assert.equal(fixedBatchSize(listed), undefined);
});
