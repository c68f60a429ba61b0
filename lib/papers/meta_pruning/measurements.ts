import { withoutUndefined } from "../../options.ts";
import { countMacs } from "../../onnx/count_macs.ts";
import type { Model } from "../../onnx/model.ts";
import type { ExampleSource } from "../../train/batches.ts";
import { evaluate } from "../../train/evaluate.ts";
import { reestimateStatistics } from "../../metanet/meta_prune.ts";
import type { ProgressiveOptions } from "../../metanet/progressive_pruning.ts";
import { type Architecture, isPublished } from "./architecture.ts";
import type { Setup } from "./setup.ts";
import { stagesAt } from "./curves.ts";
import { evaluationBatch } from "./evaluation_batch.ts";
import type { Measured, MetaRow } from "./meta_row.ts";
import { operationsOf } from "./operations.ts";

/** Accuracy at every reduction, without training. */
export async function curve(
  { model, examples }: { model: Model; examples: ExampleSource },
  { reductions, about }: { reductions: readonly number[]; about: Omit<MetaRow, Measured> },
  setup: Setup,
  options: ProgressiveOptions = {},
): Promise<MetaRow[]> {
  const rows: MetaRow[] = [];
  for (const { asked, model: pruned, reduction } of stagesAt(model, reductions, options)) {
    const ready = reduction > 1 ? await reestimated(pruned, setup) : pruned;
    rows.push({
      ...about,
      stage: reduction === 1 ? "tuned" : "pruned",
      asked,
      reduction,
      ...costOf(pruned, setup.architecture),
      ...await scoresOf(ready, examples, setup),
    });
  }
  return rows;
}

/** The network with norms' statistics taken anew, where the spec says so. */
export async function reestimated(model: Model, { reestimate, data, runtime }: Setup): Promise<Model> {
  return reestimate ? await reestimateStatistics(model, data.train, { runtime }) : model;
}

/** Accuracy as a row has it. */
export async function scoresOf(
  model: Model,
  examples: ExampleSource,
  { top5, runtime }: Setup,
): Promise<Pick<MetaRow, "value" | "top5">> {
  const { accuracy, topAccuracy } = await evaluate(model, examples, {
    runtime,
    batchSize: evaluationBatch(model),
    top: top5 ? 5 : undefined,
  });
  return withoutUndefined({ value: accuracy!, top5: topAccuracy });
}

/** Costs of a network, as a row has them. */
export function costOf(
  model: Model,
  architecture: Architecture,
): Pick<MetaRow, "macs" | "parameters" | "operations"> {
  const { macs, parameters } = countMacs(model);
  const operations = isPublished(architecture) ? operationsOf(model, architecture) : undefined;
  return withoutUndefined({ macs, parameters, operations });
}
