import assert from "node:assert/strict";
import { batchNorm2d } from "../../lib/nn/layers.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, int64, numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import type { Runtime, Tensors } from "../../lib/runtime/runtime.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { lowerTrainingBatchNorms } from "../../lib/train/batch_norm.ts";
import { dropout } from "../../lib/train/dropout.ts";
import { toTrainingMode } from "../../lib/train/training_mode.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { withEngine } from "./engines.ts";

async function run(runtime: Runtime, model: Model, feeds: Tensors): Promise<Tensors> {
  const session = await runtime.session(model);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

/** The model with more outputs. */
const showing = (model: Model, values: string[]) =>
  model.withGraph({ ...model.graph, outputs: [...model.graph.outputs, ...values] });

withEngine(
  "batch norms take the batch's statistics and update their own as PyTorch does",
  "native",
  async (runtime) => {
    const [n, c, size] = [3, 2, 4];
    const g = new GraphBuilder("norm");
    g.output(batchNorm2d(g, g.input("x", "float32", ["N", c, 2, 2]), { name: "bn", features: c }), "y");
    const random = seededRandom(1);
    const x = Array.from({ length: n * c * size }, () => random.normal(3, 2));
    const training = toTrainingMode(g.model());
    const { mean, variance } = {
      mean: training.statistics["bn.running_mean"]!,
      variance: training.statistics["bn.running_var"]!,
    };
    const lowered = new GraphBuilder(training.model.graph);
    lowerTrainingBatchNorms(lowered);
    const outputs = await run(runtime, showing(lowered.model(), [mean, variance]), {
      x: float32(x, [n, c, 2, 2]),
    });

    const expected: number[] = new Array(x.length);
    const statistics = { mean: [] as number[], variance: [] as number[] };
    for (let channel = 0; channel < c; channel++) {
      const places = x.map((_, i) => i).filter((i) => Math.floor(i / size) % c === channel);
      const count = places.length;
      const m = places.reduce((sum, i) => sum + x[i]!, 0) / count;
      const squares = places.reduce((sum, i) => sum + (x[i]! - m) ** 2, 0);
      for (const i of places) expected[i] = (x[i]! - m) / Math.sqrt(squares / count + 1e-5);
      statistics.mean.push(0.1 * m);
      statistics.variance.push(0.9 + 0.1 * squares / (count - 1));
    }
    assertClose(numbersOf(outputs[training.outputs.y!]!), expected, REORDERED_FLOAT32);
    assertClose(numbersOf(outputs[mean]!), statistics.mean, REORDERED_FLOAT32);
    assertClose(numbersOf(outputs[variance]!), statistics.variance, REORDERED_FLOAT32);
  },
);

Deno.test("what needs no rewriting stays, frozen norms too", () => {
  const model = mlp({ sizes: [2, 3, 2] });
  const { graph } = toTrainingMode(model).model;
  assert.deepEqual(graph.nodes.map(({ op }) => op), model.graph.nodes.map(({ op }) => op));
  const g = new GraphBuilder("norm");
  g.output(batchNorm2d(g, g.input("x", "float32", ["N", 2, 2, 2]), { name: "bn", features: 2 }), "y");
  const frozen = toTrainingMode(g.model(), { frozen: new Set(["bn.running_mean", "bn.running_var"]) });
  assert.deepEqual(frozen.statistics, {});
  assert.deepEqual(frozen.model.graph.nodes.map(({ op }) => op), ["BatchNormalization", "Identity"]);
});

/** The graph of two dropouts of ones, a quarter dropped. */
function twoDropouts(): Model {
  const g = new GraphBuilder("dropout");
  const x = g.input("x", "float32", ["N", 50]);
  const seed = g.input("seed", "int64", []);
  g.output(dropout(g, x, 0.25, { seed, layer: 0 }).y, "a");
  g.output(dropout(g, x, 0.25, { seed, layer: 1 }).y, "b");
  return g.model();
}

withEngine(
  "dropout drops its part, elsewhere for each seed and layer, and scales the rest",
  "native",
  async (runtime) => {
    const x = float32(new Float32Array(400 * 50).fill(1), [400, 50]);
    const masks = async (seed: number) => {
      const { a, b } = await run(runtime, twoDropouts(), { x, seed: int64([seed], []) });
      return [numbersOf(a!), numbersOf(b!)] as const;
    };
    const [first, second] = [await masks(0), await masks(123_456_789)];
    const all = [...first, ...second];
    const n = x.size;
    /** Four standard deviations of a mean of n draws with the variance of one draw. */
    const margin = (variance: number) => 4 * Math.sqrt(variance / n);
    for (const mask of all) {
      assert.deepEqual(new Set(mask), new Set([0, Math.fround(Math.fround(1 / 0.75))]));
      const kept = mask.map((value) => value ? 1 : 0 as number);
      const mean = kept.reduce((a, b) => a + b) / n;
      assert.ok(Math.abs(mean - 0.75) < margin(0.75 * 0.25), `${mean}`);
      // Neighbours in the row, the column and further away know nothing of each other.
      for (const lag of [1, 2, 50, 100, 1024]) {
        const joint = kept.reduce((sum, value, i) =>
          sum + (value - mean) * (kept[(i + lag) % n]! - mean), 0) / n;
        assert.ok(Math.abs(joint) < margin((0.75 * 0.25) ** 2), `lag ${lag}: ${joint}`);
      }
    }
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < i; j++) {
        const same = all[i]!.filter((value, k) => (value === 0) === (all[j]![k] === 0)).length / n;
        assert.ok(Math.abs(same - (0.75 ** 2 + 0.25 ** 2)) < margin(0.25), `${i}, ${j}: ${same}`);
      }
    }
    assert.deepEqual((await masks(0))[0], first[0]);
  },
);

withEngine("what a dropout tells of what it kept is so in training, too", "native", async (runtime) => {
  for (const ratio of [0.5, 0]) {
    const g = new GraphBuilder("dropout");
    const x = g.input("x", "float32", [40]);
    const [y, kept] = g.node("Dropout", [x, g.constant(float32([ratio], []))], {}, { outputs: 2 });
    g.output(g.where(kept!, g.neg(y!), 9), "z");
    const { model, outputs, seed } = toTrainingMode(g.model());
    const feeds = { x: float32(Array(40).fill(1)), [seed!]: int64([3], []) };
    const z = numbersOf((await run(runtime, model, feeds))[outputs.z!]!);
    assert.deepEqual(new Set(z), new Set(ratio === 0 ? [-1] : [-2, 9]));
  }
});

withEngine("a model's dropouts drop in training", "native", async (runtime) => {
  const g = new GraphBuilder("dropout");
  const off = g.constant(new Tensor("bool", Uint8Array.of(0), []));
  g.output(g.dropout(g.input("x", "float32", ["N"]), 0.5, off), "y");
  const { model, seed, outputs } = toTrainingMode(g.model());
  const x = float32(new Float32Array(100).fill(1));
  const y = numbersOf((await run(runtime, model, { x, [seed!]: int64([7], []) }))[outputs.y!]!);
  assert.deepEqual(new Set(y), new Set([0, 2]));
});
