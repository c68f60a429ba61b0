/** From a constant to a trained layer, on the native engine: the first rung that fails is the diagnosis. */
import assert from "node:assert/strict";
import { conv2d, globalPool, linear } from "../lib/nn/layers.ts";
import { GraphBuilder } from "../lib/onnx/builder.ts";
import { gradients } from "../lib/onnx/gradients.ts";
import type { Model } from "../lib/onnx/model.ts";
import { float32, int64, numbersOf, scalar } from "../lib/tensor/tensor.ts";
import { seededRandom } from "../lib/random.ts";
import { openRuntime } from "../lib/runtime/engines.ts";
import type { Tensors } from "../lib/runtime/runtime.ts";
import { meanSquaredError } from "../lib/train/losses.ts";
import { sgd } from "../lib/train/optimizers.ts";
import { fit } from "../lib/train/fit.ts";
import { constantRate } from "../lib/train/schedules.ts";
import { trainingStep } from "../lib/train/training_step.ts";
import { assertClose, REORDERED_FLOAT32 } from "./close.ts";

async function run(model: Model, feeds: Tensors = {}): Promise<Record<string, number[]>> {
  const runtime = await openRuntime({ engine: "native" });
  const session = await runtime.session(model);
  const outputs = await session.run(feeds);
  await session.release();
  await runtime.close();
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, numbersOf(tensor)]));
}

Deno.test("1. a constant comes out as it went in", async () => {
  const g = new GraphBuilder("constant");
  g.output(g.constant(float32([1, 2])), "y");
  assert.deepEqual(await run(g.model()), { y: [1, 2] });
});

Deno.test("2. an input is added to", async () => {
  const g = new GraphBuilder("add");
  g.output(g.add(g.input("x", "float32", ["N"]), 1), "y");
  assert.deepEqual(await run(g.model(), { x: float32([1, 2, 3]) }), { y: [2, 3, 4] });
});

Deno.test("3. a matrix multiplies", async () => {
  const g = new GraphBuilder("matmul");
  const w = g.parameter("w", float32([1, 2, 3, 4], [2, 2]));
  g.output(g.matMul(g.input("x", "float32", ["N", 2]), w), "y");
  assert.deepEqual(await run(g.model(), { x: float32([1, 10], [1, 2]) }), { y: [31, 42] });
});

Deno.test("4. the gradient of a square is twice the number", async () => {
  const g = new GraphBuilder("square");
  const x = g.input("x", "float32", []);
  const y = g.output(g.mul(x, x), "y");
  const found = gradients(g.model(), y, ["x"]);
  assert.deepEqual(await run(found.model, { x: scalar(3) }), { y: [9], [found.gradients.x!]: [6] });
});

Deno.test("5. a step of gradient descent goes down the gradient", async () => {
  const g = new GraphBuilder("line");
  const w = g.parameter("w", float32([2], [1, 1]));
  g.output(g.matMul(g.input("x", "float32", ["N", 1]), w), "y");
  const step = trainingStep(g.model(), { loss: meanSquaredError(), optimizer: sgd({ momentum: 0 }) });
  const outputs = await run(step.model, {
    x: float32([3], [1, 1]),
    [step.targets.expected!]: float32([9], [1, 1]),
    ...step.state,
    ...step.scalarFeeds(0, 0.1),
  });
  // (2·3 − 9)² = 9, and its slope 2·(2·3 − 9)·3 = −18.
  assertClose(outputs[step.loss]!, [9], REORDERED_FLOAT32);
  assertClose(outputs[step.carry.w!]!, [2 + 0.1 * 18], REORDERED_FLOAT32);
});

Deno.test("6. a linear layer finds the line through points", async () => {
  const g = new GraphBuilder("regression");
  const x = g.input("x", "float32", ["N", 1]);
  g.output(linear(g, x, { name: "line", random: seededRandom(0), in: 1, out: 1 }), "y");
  const inputs = float32([-1, 0, 1, 2], [4, 1]);
  const targets = float32([-1, 1, 3, 5], [4, 1]);
  const { model } = await fit(g.model(), { inputs, targets }, {
    epochs: 200,
    loss: meanSquaredError(),
    schedule: constantRate(0.05),
  });
  const weights = ["line.weight", "line.bias"].map((name) =>
    Number((model.graph.initializers.get(name) as typeof inputs).data[0])
  );
  assert.ok(Math.abs(weights[0]! - 2) < 0.01 && Math.abs(weights[1]! - 1) < 0.01, `${weights}`);
});

Deno.test("7. a convolution learns to tell stripes that lie from stripes that stand", async () => {
  const random = seededRandom(1);
  const count = 32;
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  const pixels = labels.flatMap((label) => {
    const phase = random.integer(2);
    return Array.from({ length: 36 }, (_, i) => ((label ? i % 6 : Math.floor(i / 6)) + phase) % 2 - 0.5);
  });
  const g = new GraphBuilder("stripes");
  const x = g.input("x", "float32", ["N", 1, 6, 6]);
  const y = g.relu(conv2d(g, x, { name: "conv", random, in: 1, out: 8, kernel: 3 }));
  g.output(linear(g, globalPool(g, y), { name: "fc", random, in: 8, out: 2 }), "logits");
  const { history } = await fit(g.model(), {
    inputs: float32(pixels, [count, 1, 6, 6]),
    targets: int64(labels),
  }, {
    epochs: 40,
    batchSize: 16,
    schedule: constantRate(0.1),
  });
  assert.ok(history.at(-1)!.loss < 0.05 && history[0]!.loss > 0.3, JSON.stringify(history.at(-1)));
});
