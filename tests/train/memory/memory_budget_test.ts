import assert from "node:assert/strict";
import { bert } from "../../../lib/nn/bert.ts";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { inferShapes } from "../../../lib/onnx/infer_shapes.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { seededRandom } from "../../../lib/random.ts";
import type { Runtime, Tensors } from "../../../lib/runtime/runtime.ts";
import { float32, int64, numbersOf } from "../../../lib/tensor/tensor.ts";
import { fit } from "../../../lib/train/fit.ts";
import { stepBytes } from "../../../lib/train/memory/memory_budget.ts";
import { adamW } from "../../../lib/train/optimizers.ts";
import { type TrainingStep, trainingStep } from "../../../lib/train/training_step.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { withEngine } from "../engines.ts";

const random = seededRandom(7);
const integers = (below: number, dims: number[]) =>
  int64(Array.from({ length: dims[0]! * dims[1]! }, () => random.integer(below)), dims);

/** Networks, and a batch of four for each. */
const NETWORKS: Record<string, { model: Model; feeds: Tensors }> = {
  // Batch norms, and shortcuts past every layer.
  "ResNet-20": {
    model: resnetCifar(),
    feeds: { input: float32(Array.from({ length: 4 * 3 * 32 * 32 }, () => random.normal()), [4, 3, 32, 32]) },
  },
  // Dropouts: masks must be the same when they are drawn twice.
  BERT: {
    model: bert({ layers: 3, hidden: 32, heads: 2, neurons: 128, vocabulary: 50, positions: 32, classes: 2 }),
    feeds: {
      input_ids: integers(50, [4, 32]),
      attention_mask: int64(new Array(4 * 32).fill(1), [4, 32]),
      token_type_ids: int64(new Array(4 * 32).fill(0), [4, 32]),
    },
  },
};

const shapesOf = (feeds: Tensors) =>
  Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));

/** The losses of some steps, and the weights after them. */
async function run(step: TrainingStep, feeds: Tensors, runtime: Runtime) {
  const session = await runtime.session(step.model, { carry: step.carry });
  await session.setState(step.state);
  const losses: number[] = [];
  for (let i = 0; i < 3; i++) {
    const given = { ...feeds, [step.targets.labels!]: int64([0, 1, 1, 0]), ...step.scalarFeeds(i, 1e-3) };
    losses.push(Number((await session.run(given))[step.loss]!.data[0]));
  }
  const end = step.weights(await session.state());
  await session.release();
  return { losses, end };
}

for (const [name, { model, feeds }] of Object.entries(NETWORKS)) {
  const options = { optimizer: adamW(), clip: 1 };
  const shapes = { inputShapes: shapesOf(feeds) };
  const whole = stepBytes(trainingStep(model, options), shapes);

  withEngine(`${name} trains the same in less memory`, "native", async (runtime) => {
    const least = leastOf(() => trainingStep(model, { ...options, ...shapes, memory: 1 }));
    assert.ok(least < 0.85 * whole, `${least} of ${whole}`);
    const plain = await run(trainingStep(model, options), feeds, runtime);
    let before = 0;
    for (const memory of [whole, Math.ceil((whole + least) / 2), least]) {
      const step = trainingStep(model, { ...options, ...shapes, memory });
      assert.equal(step.memory!.whole, whole);
      assert.ok(step.memory!.bytes <= memory);
      assert.equal(stepBytes(step, shapes), step.memory!.bytes);
      assert.equal(step.memory!.again === 0, memory === whole);
      assert.ok(step.memory!.again >= before);
      before = step.memory!.again;
      const { losses, end } = await run(step, feeds, runtime);
      assertClose(losses, plain.losses, REORDERED_FLOAT32, `losses within ${memory}`);
      for (const [weight, expected] of Object.entries(plain.end)) {
        assertClose(numbersOf(end[weight]!), numbersOf(expected), REORDERED_FLOAT32, weight);
      }
      assert.deepEqual(step.describe, trainingStep(model, options).describe);
    }
  });
}

/** The least that an error says is possible. */
function leastOf(refused: () => unknown): number {
  try {
    refused();
  } catch (error) {
    const [, megabytes] = /the least is about ([\d,]+) MB/.exec((error as Error).message)!;
    return Number(megabytes!.replaceAll(",", "")) * 1e6;
  }
  throw new Error("nothing was refused");
}

Deno.test("sizes that nobody knows are asked for", () => {
  assert.throws(() => trainingStep(resnetCifar(), { memory: 1e9 }), {
    name: "TypeError",
    message:
      /^Cannot tell how much memory the graph takes: the size of ".+" is \[.*\]; give the shapes of its inputs$/,
  });
  const model = inferShapes(resnetCifar(), { inputShapes: { input: [2, 3, 32, 32] } });
  assert.ok(trainingStep(model, { memory: 1e9 }).memory!.bytes > 1e6);
});

Deno.test("examples are counted along the axis that the main output has them from", () => {
  for (const examples of [4, "batch"]) { // of texts of six words, which come first
    const g = new GraphBuilder("time first");
    const x = g.input("x", "float32", [6, examples, 5]);
    const w = g.parameter("w", float32(Array.from({ length: 15 }, (_, i) => Math.sin(i)), [5, 3]));
    g.output(g.reduceMean(g.matMul(x, w), [0], { keepdims: false }), "logits");
    const step = trainingStep(g.model(), { memory: 1e9, inputShapes: { x: [6, 4, 5] } });
    // The product and its gradient at least: a number has four bytes.
    assert.ok(step.memory!.bytes > 2 * 4 * 6 * 4 * 3, `${step.memory!.bytes} bytes`);
  }
});

withEngine("fit within less memory goes the same way, and says what it chose", "native", async (runtime) => {
  const { model, feeds } = NETWORKS["ResNet-20"]!;
  const data = { inputs: feeds.input!, targets: [0, 1, 1, 0] };
  const common = { epochs: 2, batchSize: 4, runtime };
  const whole = stepBytes(trainingStep(model), { inputShapes: shapesOf(feeds) });
  const plain = await fit(model, data, common);
  const notes: string[] = [];
  const step = (_: number, note = "") => void notes.push(note);
  const within = await fit(model, data, {
    ...common,
    memory: 0.9 * whole,
    progress: { start: () => {}, step, close: () => {} },
  });
  assert.match(notes[0]!, /^memory \d+ MB in place of \d+ MB, \d+ % of the forward pass twice$/);
  within.history.forEach((row, i) => assertClose([row.loss], [plain.history[i]!.loss], REORDERED_FLOAT32));
  await assert.rejects(fit(model, data, { ...common, memory: 1e6 }), {
    name: "RangeError",
    message:
      /^Cannot train within 1 MB: the least is about \d+ MB, .*; give more memory, take smaller batches/,
  });
});
