import assert from "node:assert/strict";
import { float32, int64, numbersOf } from "../../lib/tensor/tensor.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { fit } from "../../lib/train/fit.ts";
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

Deno.test("ready batches that do not say how many there are are refused", async () => {
  const model = mlp({ sizes: [2, 3] });
  const batch = () => ({ inputs: { input: float32([1, 2], [1, 2]) }, targets: { labels: int64([1]) } });
  for (const stepsPerEpoch of [0, NaN, 1.5, undefined]) {
    const ready = { stepsPerEpoch: stepsPerEpoch as number, batch };
    const message = /^Cannot (train|evaluate) with stepsPerEpoch .*: expected a whole number from 1$/;
    await assert.rejects(fit(model, ready, { epochs: 1 }), { name: "RangeError", message });
    await assert.rejects(evaluate(model, ready), { name: "RangeError", message });
  }
});
