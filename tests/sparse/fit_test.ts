import { pickOptions } from "../../lib/options.ts";
import assert from "node:assert/strict";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import type { Model } from "../../lib/onnx/model.ts";
import type { EngineName } from "../../lib/runtime/runtime.ts";
import { issP } from "../../lib/sparse/methods/iss_p.ts";
import { forPrunedSet, prunedCount } from "../../lib/sparse/pruned_set.ts";
import { masksByMagnitude, sparsityOf } from "../../lib/sparse/masks.ts";
import { maskOfNonZeros } from "../../lib/sparse/mask_bits.ts";
import { type SparseMethod, sparseMethod } from "../../lib/sparse/method.ts";
import { fit, type Watched } from "../../lib/train/fit.ts";
import { adamW } from "../../lib/train/optimizers.ts";
import { constantRate } from "../../lib/train/schedules.ts";
import {
  TRAINING_STEP_OPTIONS,
  trainingStep,
  type TrainingStepOptions,
} from "../../lib/train/training_step.ts";
import { withEngine } from "../train/engines.ts";
import { examples, run } from "../train/resume_worker.ts";

const weightsOf = (model: Model, name: string) =>
  (model.graph.initializers.get(name) as Tensor).data as Float32Array;

const data = examples(32, 1);
const settings = {
  epochs: 6,
  batchSize: 16, // Two steps per epoch.
  optimizer: adamW({ betas: [0.9, 0.99], weightDecay: 0 }),
  schedule: constantRate(0.01),
};
const network = () => mlp({ sizes: [72, 8, 3], seed: 2 });
const flat = {
  inputs: (data.inputs as Tensor).reshape([32, 72]),
  targets: data.targets,
};

for (const engine of ["native", "wasm", "webgpu"] satisfies EngineName[]) {
  withEngine("fit with issP is its own step, then the shrink, then the mask", engine, async (runtime) => {
    const [sparsity, alpha] = [0.9, 0.9];
    const seen: Watched[] = [];
    const watch = { everySteps: 1, look: (now: Watched) => void seen.push(now) };
    const { model, masks } = await fit(network(), flat, {
      ...settings,
      sparsify: issP({ sparsity, alpha, pruningSteps: 8 }),
      watch,
      runtime,
    });

    // The same, step by step from outside: state out, changed on the CPU, state in.
    const step = trainingStep(network(), pickOptions<TrainingStepOptions>(settings, TRAINING_STEP_OPTIONS));
    const session = await runtime.session(step.model, { carry: step.carry });
    await session.setState(step.state);
    const batches: Record<string, Tensor>[] = [];
    await fit(network(), flat, {
      ...settings,
      augment: (batch) => (batches.push({ ...batch.inputs, ...batch.targets }), batch),
      runtime,
    });
    const names = ["0.weight", "2.weight"];
    let frozen: ReturnType<typeof masksByMagnitude> | undefined;
    for (const [i, { labels, ...inputs }] of batches.entries()) {
      await session.run({ ...inputs, [step.targets.labels!]: labels!, ...step.scalarFeeds(i, 0.01) });
      const state = await session.state();
      const layers = names.map((name) => {
        const weights = Float32Array.from(state[name]!.data as Float32Array);
        return { name, dims: state[name]!.dims, weights };
      });
      if (i < 8) {
        for (const { weights } of layers) {
          forPrunedSet(
            weights,
            { sparsity },
            (j) => weights[j] = Math.fround(weights[j]! * Math.fround(alpha)),
          );
        }
      }
      if (i === 7) frozen = masksByMagnitude(layers, { sparsity });
      if (frozen) {
        for (const { name, weights } of layers) {
          for (let j = 0; j < weights.length; j++) {
            if (!(frozen[name]!.bits[j >> 3]! >> (j % 8) & 1)) weights[j] = 0;
          }
        }
      }
      const changed = Object.fromEntries(layers.map(({ name, weights, dims }) => [
        name,
        new (state[name]!.constructor as typeof Tensor)("float32", weights, dims),
      ]));
      await session.setState({ ...state, ...changed });
      for (const name of names) {
        assert.deepEqual(weightsOf(seen[i]!.model, name), changed[name]!.data, `step ${i + 1}, ${name}`);
      }
      assert.deepEqual(seen[i]!.masks, frozen);
    }
    assert.deepEqual(masks, frozen);
    for (const name of names) assert.deepEqual(weightsOf(model, name), weightsOf(seen.at(-1)!.model, name));
    await session.release();
  });
}

withEngine(
  "what comes out is as sparse as asked, exactly, averages and best too",
  "native",
  async (runtime) => {
    for (const sparsity of [0.5, 0.9, 1]) {
      const { model, best, masks, history } = await run({
        epochs: 4,
        sparsify: issP({ sparsity, pruningSteps: 6 }),
        ema: 0.5,
        runtime,
      });
      assert.equal(history.length, 4);
      assert.ok(best!.epoch >= 2, "the best model is from before the cut");
      const counted = sparsityOf(model, masks!);
      assert.deepEqual(counted.layers.map(({ name }) => name), ["hidden.weight", "linear.weight"]);
      for (const { name, size, kept } of counted.layers) {
        assert.equal(kept, size - prunedCount(size, sparsity));
        for (const trained of [model, best!.model]) {
          assert.deepEqual(maskOfNonZeros(masks![name]!.dims, weightsOf(trained, name)), masks![name]);
        }
      }
    }
  },
);

withEngine(
  "the model that is trained is not changed, and without a method nothing is",
  "native",
  async (runtime) => {
    const model = network();
    const before = model.toOnnx();
    const sparse = await fit(model, flat, { ...settings, sparsify: issP({ pruningSteps: 0 }), runtime });
    assert.deepEqual(model.toOnnx(), before);
    assert.equal(
      sparsityOf(sparse.model, sparse.masks!).kept,
      576 - prunedCount(576, 0.9) + 24 - prunedCount(24, 0.9),
    );
    const plain = await fit(model, flat, { ...settings, runtime });
    const idle = await fit(model, flat, { ...settings, sparsify: issP({ sparsity: 0, alpha: 0 }), runtime });
    assert.deepEqual(idle.model.toOnnx(), plain.model.toOnnx());
    assert.equal(plain.masks, undefined);
  },
);

withEngine("a method of one's own, and what is refused", "native", async (runtime) => {
  const steps: number[] = [];
  const halves = sparseMethod<string>({
    name: "every second one",
    prunable: ({ name }) => name === "2.weight",
    pruningSteps: () => 3,
    before: (layers, { rate, pruningSteps }) => `${layers.length} ${rate} ${pruningSteps}`,
    afterStep: (_layers, { step }, plan) => (assert.equal(plan, "1 0.01 3"), void steps.push(step)),
    freeze: () => ({ "2.weight": { dims: [3, 8], bits: Uint8Array.of(0x55, 0x55, 0x55) } }),
  });
  const { model } = await fit(network(), flat, { ...settings, sparsify: halves, runtime });
  assert.deepEqual(steps, [1, 2, 3]);
  assert.ok(weightsOf(model, "2.weight").every((weight, i) => (weight !== 0) === (i % 2 === 0)));
  assert.ok(weightsOf(model, "0.weight").every((weight) => weight !== 0));

  const refused: [SparseMethod, string, RegExp][] = [
    [
      issP({ prunable: () => false }),
      "TypeError",
      /^Cannot prune "mlp" by issP.*none of the weights that train/,
    ],
    [
      issP({ pruningSteps: 13 }),
      "RangeError",
      /^Cannot prune by issP\(0.9, suggested\): learning the structure takes 13 steps, but the run has 12$/,
    ],
    [
      issP({ pattern: { n: 4, m: 5 } }),
      "TypeError",
      /^Cannot prune 4:5 in "0.weight": its 576 weights/,
    ],
    [{ ...halves, freeze: () => ({}) }, "TypeError", /"2.weight" has shape \[3, 8\], its mask is missing$/],
  ];
  for (const [sparsify, name, message] of refused) {
    await assert.rejects(fit(network(), flat, { ...settings, sparsify, runtime }), { name, message });
  }
});
