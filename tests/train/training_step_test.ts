import assert from "node:assert/strict";
import { batchNorm2d, conv2d, globalPool, linear } from "../../lib/nn/layers.ts";
import { loadWeights } from "../../lib/nn/load_weights.ts";
import { declareWeights } from "../../lib/nn/weights.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, int64, numbersOf } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import type { EngineName, Runtime, Tensors } from "../../lib/runtime/runtime.ts";
import {
  crossEntropy,
  distillation,
  type Loss,
  meanAbsoluteError,
  meanSquaredError,
  mixedCrossEntropy,
} from "../../lib/train/losses.ts";
import { adamW, decayWeightsOnly, type Optimizer, sgd } from "../../lib/train/optimizers.ts";
import { trainingStep, type TrainingStepOptions } from "../../lib/train/training_step.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { withEngine } from "./engines.ts";
import { tensorsOf, type TrainingFixture, trainingFixtures } from "./fixtures.ts";

function convBn(): Model {
  const random = seededRandom(0);
  const g = new GraphBuilder("convBn");
  let x = g.input("input", "float32", ["N", 2, 6, 6]);
  x = conv2d(g, x, { name: "conv", random, in: 2, out: 4, kernel: 3, stride: 2, padding: 1, bias: false });
  x = g.relu(batchNorm2d(g, x, { name: "bn", features: 4 }));
  g.output(linear(g, globalPool(g, x), { name: "linear", random, in: 4, out: 3 }), "logits");
  return g.model();
}

const NETWORKS: Record<string, () => Model> = { convBn, mlp: () => mlp({ sizes: [5, 8, 3] }) };
const LOSSES: Record<string, (options: Record<string, number>) => Loss> = {
  crossEntropy,
  distillation,
  meanSquaredError,
  meanAbsoluteError,
  mixedCrossEntropy,
};
const OPTIMIZERS: Record<string, (options: Record<string, never>) => Optimizer> = { sgd, adamW };

/** Losses of ten steps, and the weights after them, as our training step gives them. */
async function train(fixture: TrainingFixture, runtime: Runtime) {
  const model = loadWeights(NETWORKS[fixture.network]!(), tensorsOf(fixture.start));
  const step = trainingStep(model, {
    loss: LOSSES[fixture.loss[0]]!(fixture.loss[1]),
    optimizer: OPTIMIZERS[fixture.optimizer[0]]!(fixture.optimizer[1]),
    ...fixture.clip ? { clip: fixture.clip } : {},
    ...fixture.ema ? { ema: fixture.ema } : {},
    ...fixture.decayWeightsOnly ? { groups: decayWeightsOnly } : {},
  });
  const session = await runtime.session(step.model, { carry: step.carry });
  try {
    await session.setState(step.state);
    const losses: number[] = [];
    for (const [i, rate] of fixture.rates.entries()) {
      const { input, ...targets } = tensorsOf(fixture.batches[i % fixture.batches.length]!);
      const feeds: Tensors = { input: input!, ...step.scalarFeeds(i, rate) };
      for (const [name, target] of Object.entries(targets)) feeds[step.targets[name]!] = target;
      losses.push(Number((await session.run(feeds))[step.loss]!.data[0]));
    }
    return { losses, end: step.weights(await session.state()) };
  } finally {
    await session.release();
  }
}

for (const engine of ["native", "wasm", "webgpu"] satisfies EngineName[]) {
  for (const fixture of trainingFixtures) {
    withEngine(`ten steps give PyTorch's losses and weights: ${fixture.name}`, engine, async (runtime) => {
      const { losses, end } = await train(fixture, runtime);
      assertClose(losses, fixture.losses, REORDERED_FLOAT32, "losses");
      assert.deepEqual(Object.keys(end).sort(), Object.keys(fixture.end).sort());
      for (const [name, expected] of Object.entries(fixture.end)) {
        assertClose(numbersOf(end[name]!), expected, REORDERED_FLOAT32, name);
      }
    });
  }
}

withEngine("the same training twice gives the same bits", "native", async (runtime) => {
  const fixture = trainingFixtures.at(-1)!;
  const [first, second] = [await train(fixture, runtime), await train(fixture, runtime)];
  assert.deepEqual(first.losses, second.losses);
  for (const name of Object.keys(first.end)) assert.deepEqual(first.end[name]!.data, second.end[name]!.data);
});

withEngine("a limit that no gradient reaches changes nothing", "native", async (runtime) => {
  const { losses } = await train({ ...trainingFixtures[0]!, clip: 1e6 }, runtime);
  assertClose(losses, trainingFixtures[0]!.losses, REORDERED_FLOAT32, "losses");
});

Deno.test("a training step says what cannot be trained", () => {
  assert.throws(() => trainingStep(mlp({ sizes: [2, 2] }), { freeze: () => true }), {
    name: "TypeError",
    message: 'Cannot train model "mlp": none of its 2 stored tensors is a weight that may change',
  });
});

withEngine(
  "gradients of three steps together move weights like those of one large batch",
  "native",
  async (runtime) => {
    const random = seededRandom(7);
    const rows = 12;
    const inputs = Array.from({ length: rows * 5 }, () => random.normal());
    const labels = Array.from({ length: rows }, () => random.integer(3));
    const model = mlp({ sizes: [5, 8, 3] });
    const train = async (accumulate: number) => {
      const step = trainingStep(model, {
        optimizer: adamW({ weightDecay: 0.1 }),
        clip: 0.5,
        ema: 0.9,
        accumulate,
      });
      const session = await runtime.session(step.model, { carry: step.carry });
      await session.setState(step.state);
      const size = rows / accumulate;
      const seen: Tensors[] = [];
      for (let i = 0; i < 2 * accumulate; i++) {
        const from = i % accumulate * size;
        await session.run({
          input: float32(inputs.slice(5 * from, 5 * (from + size)), [size, 5]),
          [step.targets.labels!]: int64(labels.slice(from, from + size)),
          ...step.scalarFeeds(i, 0.05),
        });
        seen.push(await session.state());
      }
      await session.release();
      return { seen, end: step.weights(seen.at(-1)!), start: step.state };
    };
    const [whole, parts] = [await train(1), await train(3)];
    for (const [name, expected] of Object.entries(whole.end)) {
      assertClose(numbersOf(parts.end[name]!), numbersOf(expected), REORDERED_FLOAT32, name);
      assert.notDeepEqual(numbersOf(parts.end[name]!), numbersOf(parts.start[name]!), name);
      // Two steps of three change nothing but the sums.
      assert.deepEqual(numbersOf(parts.seen[1]![name]!), numbersOf(parts.start[name]!), name);
      assert.deepEqual(numbersOf(parts.seen[4]![name]!), numbersOf(parts.seen[2]![name]!), name);
    }
  },
);

Deno.test("numbers of a step that cannot be meant are refused", () => {
  const refused: [TrainingStepOptions, RegExp][] = [
    [{ clip: -1 }, /^Cannot train with clip -1: expected a number above 0$/],
    [{ clip: 0 }, /clip 0/],
    [{ ema: 1.5 }, /^Cannot train with ema 1.5: expected a number from 0, below 1$/],
    [{ ema: 1 }, /ema 1/],
    [{ accumulate: 0 }, /accumulate 0/],
    [
      { groups: () => ({ rateFactor: -1 }) },
      /^Cannot train \d\.\w+ with rateFactor -1: expected a number from 0$/,
    ],
    [{ groups: () => ({ weightDecay: NaN }) }, /weightDecay NaN/],
  ];
  for (const [options, message] of refused) {
    assert.throws(() => trainingStep(mlp({ sizes: [2, 2] }), options), { name: "RangeError", message });
  }
});

Deno.test("statistics that are no weights stay as they are: declared constants, and what no output needs", () => {
  const g = new GraphBuilder("norms");
  const x = g.input("x", "float32", ["N", 2]);
  batchNorm2d(g, x, { name: "dead", features: 2 });
  const hidden = batchNorm2d(g, linear(g, x, { name: "fc", in: 2, out: 2, random: seededRandom(1) }), {
    name: "bn",
    features: 2,
  });
  g.output(hidden, "y");
  const running = ["bn.running_mean", "bn.running_var"];
  assert.deepEqual(
    Object.keys(trainingStep(g.model()).state).filter((name) => /running|dead/.test(name)),
    running,
  );
  const still = trainingStep(
    declareWeights(g.model(), { "bn.running_mean": "constant", "bn.running_var": "constant" }),
  );
  assert.deepEqual(Object.keys(still.state).filter((name) => /running/.test(name)), []);
  assert.deepEqual(still.normsAcrossExamples, []);
  assert.ok(running.every((name) => still.model.graph.initializers.has(name)));
});
