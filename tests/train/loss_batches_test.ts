import assert from "node:assert/strict";
import { float32, int64, numbersOf } from "../../lib/tensor/tensor.ts";
import { lossBatches, requireData } from "../../lib/train/loss_batches.ts";
import { crossEntropy, meanSquaredError } from "../../lib/train/losses.ts";

const inputs = float32([1, 2, 3, 4, 5, 6], [3, 2]);

Deno.test("examples are cut for a loss: its first target's name, and labels in its form", async () => {
  const oneHot = float32([0, 1, 1, 0, 0, 1], [3, 2]);
  const options = { batchSize: 2, input: "x" };
  const labels = lossBatches("train", { inputs, targets: oneHot }, crossEntropy(), options);
  assert.equal(labels.stepsPerEpoch, 2);
  const { inputs: fed, targets } = await labels.batch(0, 0);
  assert.deepEqual(numbersOf(fed.x!), [1, 2, 3, 4]);
  const [[name, target]] = Object.entries(targets) as [[string, typeof inputs]];
  assert.deepEqual([name, target.type, numbersOf(target)], [Object.keys(crossEntropy().targets)[0], "int64", [
    1,
    0,
  ]]);
  // For another loss the same numbers are numbers.
  const numbers = await lossBatches("train", { inputs, targets: oneHot }, meanSquaredError(), options).batch(
    0,
    1,
  );
  assert.deepEqual(numbersOf(Object.values(numbers.targets)[0]!), [0, 1]);
});

Deno.test("batches that are ready are taken as they are", () => {
  const ready = { stepsPerEpoch: 1, batch: () => ({ inputs: {}, targets: { y: int64([0]) } }) };
  assert.equal(lossBatches("train", ready, crossEntropy(), { batchSize: 1, input: "x" }), ready);
});

Deno.test("what holds no data is told by what it is", () => {
  const expected = "expected { inputs, targets }, each with a row per example, or batches, behind the model";
  const refused: readonly [unknown, string][] = [
    [undefined, `Cannot train without data: ${expected}`],
    [{ epochs: 3, rate: 1 }, `Cannot train on data of epochs, rate: ${expected}`],
    [{}, `Cannot train on data of {}: ${expected}`],
    [Promise.resolve(), `Cannot train on data of a promise, which is to be awaited: ${expected}`],
  ];
  for (const [data, message] of refused) {
    assert.throws(() => requireData("train", data), { name: "TypeError", message });
  }
});
