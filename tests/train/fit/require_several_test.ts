import assert from "node:assert/strict";
import { batchNorm2d } from "../../../lib/nn/layers.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { float32, int64 } from "../../../lib/tensor/tensor.ts";
import { fit, type FitOptions } from "../../../lib/train/fit.ts";
import type { TrainingData } from "../../../lib/train/batches.ts";
import { toTrainingMode } from "../../../lib/train/training_mode.ts";
import { withEngine } from "../engines.ts";
import { moons } from "../moons.ts";

/** Two classes of points, behind a batch norm over the points, or over so many copies of each. */
function normed(copies = 1): Model {
  const g = new GraphBuilder("points");
  const x = g.input("x", "float32", ["N", 2]);
  const norm = { name: "bn", features: 2 };
  const spread = copies === 1 ? x : g.concat(Array(copies).fill(g.unsqueeze(x, [2])), 2);
  const y = batchNorm2d(g, spread, norm);
  const flat = copies === 1 ? y : g.reduceMean(y, [2], { keepdims: false });
  g.output(g.gemm(flat, g.parameter("w", float32([1, 2, 3, 4], [2, 2]))), "logits");
  return g.model();
}

const REFUSED = {
  name: "RangeError",
  message:
    /^Cannot train "points" with a batch of 1 example: expected two or more, as BatchNormalization .* batchSize/,
};

withEngine(
  "a batch norm over single examples is refused, before training where it can be",
  "native",
  async (runtime) => {
    let steps = 0;
    const progress = {
      start: () => {},
      step: (done: number) => void (steps = Math.max(steps, done)),
      close: () => {},
    };
    const train = (model: Model, data: TrainingData, options: Partial<FitOptions> = {}) =>
      fit(model, data, { epochs: 1, batchSize: 4, runtime, progress, ...options });
    await assert.rejects(train(normed(), moons(9, 1)), REFUSED);
    assert.equal(steps, 0);
    const batches = {
      stepsPerEpoch: 2,
      batch: (_epoch: number, step: number) => ({
        inputs: { x: float32(step ? [1, 2] : [1, 2, 3, 4], [step ? 1 : 2, 2]) },
        targets: { labels: int64(step ? [1] : [0, 1]) },
      }),
    };
    await assert.rejects(fit(normed(), batches, { epochs: 1, runtime, progress }), REFUSED);
    assert.equal(steps, 1);
    const kept = new Set(["bn.running_mean", "bn.running_var"]);
    for (
      const run of [
        train(normed(), moons(8, 1)),
        train(normed(), moons(10, 1)),
        train(normed(2), moons(9, 1)),
        train(normed(), moons(9, 1), { freeze: ({ name }) => kept.has(name) }),
      ]
    ) {
      assert.equal((await run).history.length, 1);
    }
  },
);

Deno.test("norms across examples are those with one value per channel of each", () => {
  const counts = [1, 2].map((copies) => toTrainingMode(normed(copies)).normsAcrossExamples.length);
  assert.deepEqual(counts, [1, 0]);
});
