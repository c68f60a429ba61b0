import assert from "node:assert/strict";
import { offsetsOf } from "../../lib/ctr/clicks.ts";
import { deepFm } from "../../lib/ctr/interactions/deep_fm.ts";
import { fm } from "../../lib/ctr/interactions/fm.ts";
import { dimensionScorer, dimensionsTensor } from "../../lib/ctr/methods/dimension_scorer.ts";
import { keptRows, type OptEmbedOptions, trainSupernet } from "../../lib/ctr/methods/opt_embed.ts";
import { predict } from "../../lib/ctr/predict.ts";
import { searchDimensions } from "../../lib/ctr/search/evolution.ts";
import { syntheticLog } from "../../lib/ctr/synthetic_log.ts";
import { DIMENSIONS } from "../../lib/ctr/tables/supernet_table.ts";
import type { Model } from "../../lib/onnx/model.ts";
import type { Runtime } from "../../lib/runtime/runtime.ts";
import { auc } from "../../lib/statistics/auc.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { withEngine } from "../train/engines.ts";

const log = syntheticLog({ seed: 4, rows: [2000, 1500, 10] });
const { fields } = log.train;
const DIMS = [1, 4, 2, 3, 4, 1, 2, 4, 3, 2];

const taskFor = (runtime: Runtime, hidden?: number[]) => ({
  interaction: hidden ? deepFm({ hidden }) : fm(),
  log,
  features: 4,
  firstOrder: "normal" as const,
  seed: 3,
  runtime,
  training: { batchSize: 2000, rate: 0.02, weightDecay: 1e-4, epochs: 3, patience: 3 },
});

withEngine("dimensions are scored as the supernet itself would score them", "native", async (runtime) => {
  const task = taskFor(runtime, [5]);
  const kinds: OptEmbedOptions[] = [
    { mode: "all" },
    { mode: "embed" },
    { mode: "all", pruned: "vector", scope: "row" },
  ];
  for (const kind of kinds) {
    const options = { ...kind, thresholdRate: 1, alpha: 0.05 };
    const { model } = await trainSupernet(task, options);
    const rows = keptRows(model, fields, options);
    if (kind.mode === "all") assert.ok(rows.includes(0) && rows.includes(1), "some rows go, some stay");
    const scorer = await dimensionScorer(model, rows, { task, clicks: log.validation });
    const session = await runtime.session(model);
    const logits = await predict(session, log.validation, { [DIMENSIONS]: dimensionsTensor(DIMS) });
    const { auc: found } = await scorer.score(DIMS);
    assert.ok(Math.abs(found - auc(logits, log.validation.labels)) < 1e-6);
    await session.release();
    await scorer.release();
  }
});

/** A DeepFM with one hidden layer, in double precision, whose batch norm has these statistics. */
function deepFmByHand(model: Model, ids: Int32Array) {
  const weight = (name: string) => [...(model.graph.initializers.get(name) as Tensor).data as Float32Array];
  const [table, first, w, b] = ["embedding.weight", "linear.weight", "mlp.0.weight", "mlp.0.bias"].map(
    weight,
  );
  const offsets = offsetsOf(fields);
  const vectors = Array.from({ length: ids.length / 10 }, (_, row) =>
    DIMS.map((d, f) => {
      const at = (ids[row * 10 + f]! + offsets[f]!) * 4;
      return table!.slice(at, at + 4).map((value, j) => j < d ? value : 0);
    }));
  const hidden = vectors.map((z) =>
    b!.map((bias, h) => z.flat().reduce((sum, value, i) => sum + value * w![h * 40 + i]!, bias))
  );
  return {
    hidden,
    logits(mean: number[], variance: number[]): number[] {
      const [scale, shift, out] = ["mlp.0.norm.weight", "mlp.0.norm.bias", "mlp.out.weight"].map(weight);
      return vectors.map((z, row) => {
        const linear = z.reduce((sum, _, f) => sum + first![ids[row * 10 + f]! + offsets[f]!]!, 0);
        const pairs = [0, 1, 2, 3].reduce((sum, j) => {
          const column = z.map((vector) => vector[j]!);
          const total = column.reduce((a, c) => a + c, 0);
          return sum + (total * total - column.reduce((a, c) => a + c * c, 0)) / 2;
        }, 0);
        const deep = hidden[row]!.reduce((sum, x, h) => {
          const normed = (x - mean[h]!) / Math.sqrt(variance[h]! + 1e-5) * scale![h]! + shift![h]!;
          return sum + Math.max(0, normed) * out![h]!;
        }, 0);
        return linear + pairs + deep;
      });
    },
  };
}

withEngine("finalists are judged with batch norms that know their dimensions", "native", async (runtime) => {
  const task = taskFor(runtime, [5]);
  const { model } = await trainSupernet(task, { mode: "embed" });
  const rows = new Uint8Array(1030).fill(1);
  const scorer = await dimensionScorer(model, rows, { task, clicks: log.validation });
  // One batch is all of the log here, and is seen fifty times.
  const { hidden } = deepFmByHand(model, log.train.ids);
  const [before, left] = [
    (name: string) => [...(model.graph.initializers.get(name) as Tensor).data as Float32Array],
    0.9 ** 50,
  ];
  const mean = before("mlp.0.norm.running_mean").map((old, h) =>
    left * old + (1 - left) * hidden.reduce((sum, row) => sum + row[h]!, 0) / 2000
  );
  const variance = before("mlp.0.norm.running_var").map((old, h) => {
    const center = hidden.reduce((sum, row) => sum + row[h]!, 0) / 2000;
    return left * old + (1 - left) * hidden.reduce((sum, row) => sum + (row[h]! - center) ** 2, 0) / 1999;
  });
  const expected = auc(deepFmByHand(model, log.validation.ids).logits(mean, variance), log.validation.labels);
  const [plain, closer] = [(await scorer.score(DIMS)).auc, await scorer.rescore!(DIMS)];
  assert.ok(Math.abs(closer - expected) < 1e-5, `${closer}, by hand ${expected}`);
  assert.ok(Math.abs(plain - expected) > 1e-4, "the statistics of the supernet give another area");
  await scorer.release();
  const none = await dimensionScorer(
    (await trainSupernet(taskFor(runtime), { mode: "embed" })).model,
    rows,
    { task: taskFor(runtime), clicks: log.validation },
  );
  assert.equal(none.rescore, undefined, "an FM has no batch norm");
  await none.release();
});

Deno.test("of the best few, that with the best area at a closer look is returned", async () => {
  const looked: string[] = [];
  const score = (d: readonly number[]) =>
    Promise.resolve({ auc: d.reduce((a, b) => a + b) / 100, share: d[0]! / 8 });
  const rescore = (d: readonly number[]) => {
    looked.push(d.join());
    return Promise.resolve(looked.length === 4 ? 0.9 : 0.1 * looked.length);
  };
  const options = { fields: 5, features: 8, score, generations: 3, seed: 1 };
  const whole = await searchDimensions(options);
  const { best, finalists } = await searchDimensions({ ...options, rescore });
  const order = whole.archive.toSorted((a, b) => b.auc - a.auc || a.share - b.share);
  assert.equal(looked.length, 5);
  assert.equal(looked[0], order[0]!.dimensions.join());
  assert.deepEqual([best.dimensions.join(), best.auc], [looked[3], 0.9]);
  assert.equal(finalists![0], best);
});
