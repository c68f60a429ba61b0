import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { fit } from "../../lib/train/fit.ts";
import { cutFor, fixedBatchSize } from "../../lib/train/fixed_batch_size.ts";
import { moons } from "./moons.ts";

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

Deno.test("another batch size than the model fixes is refused", () => {
  const model = mlp({ sizes: [2, 3] });
  const fixed = inferShapes(model, { inputShapes: { input: [8, 2] } });
  const examples = { inputs: float32(new Float32Array(40), [20, 2]), targets: [0] };
  assert.deepEqual(cutFor("train", model, examples, undefined), { batchSize: 128, dropLast: false });
  assert.deepEqual(cutFor("train", model, examples, 5), { batchSize: 5, dropLast: false });
  for (const asked of [undefined, 8]) {
    assert.deepEqual(cutFor("train", fixed, examples, asked), { batchSize: 8, dropLast: true });
  }
  assert.throws(() => cutFor("train", fixed, examples, 5), {
    name: "RangeError",
    message: /^Cannot train with batchSize 5: expected 8, which the model fixes; leave it out/,
  });
});

Deno.test("validation may be ready batches where examples are trained on", async () => {
  const validation = {
    stepsPerEpoch: 1,
    batch: () => ({ inputs: { input: float32([1, 2], [1, 2]) }, targets: { labels: int64([1]) } }),
  };
  const options = { epochs: 1, batchSize: 4, validation };
  const { history } = await fit(mlp({ sizes: [2, 3] }), moons(8, 1), options);
  assert.equal(typeof history[0]!.validationLoss, "number");
  // A size is for examples: of one example alone here, however many are asked for.
  const judged = await evaluate(mlp({ sizes: [2, 3] }), validation, { batchSize: 4 });
  assert.equal(judged.examples, 1);
});
