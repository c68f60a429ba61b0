import { countMacs } from "../../onnx/count_macs.ts";
import type { Model } from "../../onnx/model.ts";
import type { ExampleSource } from "../../train/batches.ts";
import { evaluate } from "../../train/evaluate.ts";
import { applyMetanetwork } from "../../metanet/apply_metanetwork.ts";
import { stagesAt } from "./curves.ts";
import { evaluationBatch } from "./evaluation_batch.ts";
import { reestimateStatistics } from "../../metanet/meta_prune.ts";
import type { Measured, MetaRow } from "./meta_row.ts";
import type { Metanetwork } from "../../metanet/metanetwork_parameters.ts";
import type { MetaConfig } from "./networks.ts";
import type { ProgressiveOptions } from "../../metanet/progressive_pruning.ts";
import { reinitialized } from "./reinitialized.ts";
import { trainBy } from "./train_by.ts";

/** What a metanetwork does to a network: right after it, then the whole curve. */
export async function metaRows(
  config: MetaConfig,
  model: Model,
  metanetwork: Metanetwork,
  about: Omit<MetaRow, Measured>,
): Promise<MetaRow[]> {
  const changed = await changedBy(metanetwork, model, config);
  const scores = await scoresOf(changed, config.subject.test, config);
  const first: MetaRow = {
    ...about,
    stage: "changed",
    asked: 1,
    reduction: 1,
    ...costOf(changed),
    ...scores,
  };
  return [first, ...await wholeCurve(await finetuned(changed, config), config, about)];
}

/** Accuracy at every reduction without training, then after training at some. */
export async function wholeCurve(
  model: Model,
  config: MetaConfig,
  about: Omit<MetaRow, Measured>,
  options: ProgressiveOptions = {},
): Promise<MetaRow[]> {
  const { preset, subject } = config;
  const rows = await curve(model, subject.test, config, about, options);
  for (const { asked, model: pruned, reduction } of stagesAt(model, preset.finals, options)) {
    const final = await trainBy(preset.finish, pruned, config);
    const scores = await scoresOf(final, subject.test, config);
    rows.push({ ...about, stage: "final", asked, reduction, ...costOf(final), ...scores });
  }
  return rows;
}

/** Accuracy at every reduction, without training. */
export async function curve(
  model: Model,
  data: ExampleSource,
  config: MetaConfig,
  about: Omit<MetaRow, Measured>,
  options: ProgressiveOptions = {},
): Promise<MetaRow[]> {
  const rows: MetaRow[] = [];
  for (const { asked, model: pruned, reduction } of stagesAt(model, config.preset.reductions, options)) {
    config.signal?.throwIfAborted();
    const ready = reduction > 1 ? await reestimated(pruned, config) : pruned;
    const scores = await scoresOf(ready, data, config);
    rows.push({
      ...about,
      stage: reduction === 1 ? "tuned" : "pruned",
      asked,
      reduction,
      ...costOf(pruned),
      ...scores,
    });
  }
  return rows;
}

/** The pruned widths with new weights, trained as long as everything that the pruned network went through. */
export async function fromScratch(
  config: MetaConfig,
  model: Model,
  about: Omit<MetaRow, Measured>,
): Promise<MetaRow[]> {
  const { preset, subject } = config;
  const rows: MetaRow[] = [];
  for (const { asked, reduction, model: pruned } of stagesAt(model, preset.finals, {})) {
    const recipe = {
      ...preset.base,
      epochs: preset.base.epochs + preset.finetune.epochs + preset.finish.epochs,
    };
    const trained = await trainBy(recipe, reinitialized(pruned, about.net), config);
    const scores = await scoresOf(trained, subject.test, config);
    rows.push({ ...about, stage: "final", asked, reduction, ...costOf(trained), ...scores });
  }
  return rows;
}

/** The network as a metanetwork gives it, its norms' statistics taken anew where the preset says so. */
export async function changedBy(
  metanetwork: Metanetwork,
  model: Model,
  config: MetaConfig,
): Promise<Model> {
  return await reestimated(await applyMetanetwork(model, metanetwork, { runtime: config.runtime }), config);
}

/** With norms' statistics taken anew, where the preset says so. */
export async function reestimated(
  model: Model,
  { preset, subject, runtime, signal }: MetaConfig,
): Promise<Model> {
  if (!preset.reestimate) return model;
  return await reestimateStatistics(model, subject.train, { runtime, ...signal && { signal } });
}

/** After the preset's fine-tuning. */
export async function finetuned(model: Model, config: MetaConfig): Promise<Model> {
  return await trainBy(config.preset.finetune, model, config);
}

/** On some examples, 0 to 1. */
export async function accuracy(
  model: Model,
  data: ExampleSource,
  config: MetaConfig,
): Promise<number> {
  return (await scoresOf(model, data, config)).value;
}

/** Accuracy as a row has it. */
export async function scoresOf(
  model: Model,
  data: ExampleSource,
  { preset, runtime, signal }: MetaConfig,
): Promise<Pick<MetaRow, "value" | "top5">> {
  const { accuracy, topAccuracy } = await evaluate(model, data, {
    runtime,
    signal,
    batchSize: evaluationBatch(model),
    ...preset.top5 && { top: 5 },
  });
  return { value: accuracy!, ...topAccuracy !== undefined && { top5: topAccuracy } };
}

function costOf(model: Model): { macs: number; parameters: number } {
  const { macs, parameters } = countMacs(model);
  return { macs, parameters };
}
