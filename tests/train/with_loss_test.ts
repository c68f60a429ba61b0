import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { crossEntropy, meanSquaredError } from "../../lib/train/losses.ts";
import { batchFeeds, withLoss } from "../../lib/train/with_loss.ts";

/** A model that gives names of classes first, and twice its input then. */
function doubling(): GraphBuilder {
  const g = new GraphBuilder();
  g.output(g.cast(g.shapeOf(g.input("x", "float32", ["N", 2])), "int64"), "names");
  g.output(g.mul("x", 2), "y");
  return g;
}

Deno.test("a loss compares the first output of floats with new inputs, and takes the place of all outputs", async () => {
  const g = doubling();
  const attached = withLoss(g, meanSquaredError());
  assert.deepEqual(g.graph().outputs, []);
  assert.deepEqual([attached.main, attached.outputShape], ["y", ["N", 2]]);
  assert.deepEqual(attached.targets, { expected: "target.expected" });
  assert.deepEqual(g.shape("target.expected"), ["N", 2], "without a shape of its own, that of the output");
  g.output(attached.value, "loss");
  const batch = { inputs: { x: float32([1, 2], [1, 2]) }, targets: { expected: float32([0, 7], [1, 2]) } };
  const { loss } = await runModel(
    g.model(),
    batchFeeds("train", meanSquaredError(), attached.targets, batch),
  );
  assert.equal(loss!.data[0], (2 ** 2 + 3 ** 2) / 2);
});

Deno.test("an output may be told by another value, and a taken name of an input is left alone", () => {
  const g = doubling();
  g.input("target.labels", "int64", ["N"]);
  const tripled = g.mul("x", 3);
  const { targets, main } = withLoss(g, crossEntropy(), { y: tripled });
  assert.equal(main, tripled);
  assert.notEqual(targets.labels, "target.labels");
  assert.deepEqual(g.shape(targets.labels!), ["N"]);
});

Deno.test("without floats there is no loss, without a target no feeds", () => {
  const g = new GraphBuilder();
  g.output(g.identity(g.input("names", "int64", ["N"])), "out");
  assert.throws(() => withLoss(g, crossEntropy()), {
    name: "TypeError",
    message: 'Cannot compute a loss from the outputs "out": none holds floats',
  });
  const batch = { inputs: {}, targets: { label: int64([0]) } };
  assert.throws(() => batchFeeds("train", crossEntropy(), { labels: "l" }, batch), {
    name: "TypeError",
    message:
      'Cannot train with crossEntropy(0): it compares with the target "labels", but the batch has "label"',
  });
});

Deno.test("a target of another type than the loss takes is refused with both", () => {
  const batch = { inputs: {}, targets: { expected: int64([0, 1]) } };
  assert.throws(() => batchFeeds("train", meanSquaredError(), { expected: "e" }, batch), {
    name: "TypeError",
    message:
      'Cannot train with meanSquaredError: its target "expected" is float32, but the batch has int64 [2]; ' +
      "give that type, or take another loss",
  });
});
