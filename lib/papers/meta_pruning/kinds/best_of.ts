import { mean } from "../../../statistics/describe.ts";
import type { Model } from "../../../onnx/model.ts";
import type { Architecture } from "../architecture.ts";
import { columnsOf, type Measuring, networkOf, type Setup, trained } from "../setup.ts";
import { macsOf, trainingSeconds } from "../cost.ts";
import { curve, reestimated, scoresOf } from "../measurements.ts";
import type { MetaRow } from "../meta_row.ts";
import type { Recipe } from "../recipe.ts";

/** How ways to change a network are compared: on which network and data, and by what. */
export interface Comparison extends Measuring {
  /** Architecture of the network that they are tried on. */
  architecture: Architecture;
  /** Number of the network that they are tried on, for the rows. */
  net: number;
  /** Training after the change. */
  finetune: Recipe;
  /** Seed of fine-tuning. */
  seed: number;
  /** Reductions at which accuracy is compared. */
  reductions: readonly number[];
  /** Accuracy that a change may cost before pruning. */
  tolerance: number;
  /** Number of which widths become a multiple. Default 1. */
  roundTo?: number;
}

/** One of several ways to change a network. */
export interface Candidate {
  /** Name among the others. */
  readonly name: string | number;
  /** Columns of its rows that tell it from the others. */
  readonly columns: Partial<MetaRow>;
  /** Changes the network; fine-tuning comes after it. */
  change(model: Model): Promise<Model>;
}

/** What a candidate is judged by: mean accuracy over the reductions, and accuracy lost before pruning. */
export interface Tried {
  /** Mean accuracy over the reductions, without training in between. */
  readonly area: number;
  /** Accuracy of the network fine-tuned without the change, less that with it. */
  readonly loss: number;
}

/**
 * The rule of every choice: highest mean accuracy over the reductions, among those that cost the unpruned
 * network no more than the tolerance; where none is, the one that costs least. Of equals, the first.
 */
export function best<T extends Tried>(tried: readonly T[], tolerance: number): T {
  const allowed = tried.filter(({ loss }) => loss <= tolerance);
  return allowed.length > 0
    ? allowed.reduce((a, b) => b.area > a.area ? b : a)
    : tried.reduce((a, b) => b.loss < a.loss ? b : a);
}

/**
 * Tries every candidate on the `validation` network that the unit needs, on data kept apart: changed,
 * fine-tuned, then measured as channels go. One that does not reach every reduction that another reaches is
 * not chosen.
 *
 * @param variant way of pruning that the rows are of
 * @returns the {@linkcode best}, and all rows, with those of the best marked as chosen
 */
export async function bestOf<C extends Candidate>(
  candidates: readonly C[],
  comparison: Comparison,
  { variant, setup }: { variant: string; setup: Setup },
): Promise<{ best: C; rows: MetaRow[] }> {
  const { architecture, net, finetune, seed, reductions, tolerance, roundTo } = comparison;
  const validation = await networkOf(await setup.context.need("validation"));
  const examples = setup.data.validation;
  const tune = (model: Model, name: string | number) =>
    trained(model, { recipe: finetune, seed }, setup, { name: `fine-tuning ${name}` });
  const reference = await scoresOf(await tune(validation, "reference"), examples, setup);
  const columns = columnsOf({ part: "choice", variant, net, architecture }, setup);
  const tried: (Tried & { candidate: C; rows: MetaRow[] })[] = [];
  for (const candidate of candidates) {
    const changed = await reestimated(await candidate.change(validation), setup);
    const model = await tune(changed, candidate.name);
    const about = { ...columns, ...candidate.columns };
    const rows = await curve({ model, examples }, { reductions, about }, setup, { roundTo });
    const area = mean(rows.map(({ value }) => value));
    tried.push({ candidate, rows, area, loss: reference.value - rows[0]!.value });
  }
  // Without its worst points a curve has a higher mean.
  const most = tried.reduce((high, { rows }) => Math.max(high, rows.length), 0);
  const chosen = best(tried.filter(({ rows }) => rows.length === most), tolerance);
  return {
    best: chosen.candidate,
    rows: tried.flatMap((one) => one.rows.map((row) => ({ ...row, chosen: one === chosen }))),
  };
}

/** Roughly how long so many candidates take, in seconds on two quiet processor cores. */
export function comparisonSeconds(
  { architecture, data, finetune }: Comparison,
  candidates: readonly unknown[],
): number {
  return (candidates.length + 1) * trainingSeconds(macsOf(architecture), data, finetune);
}
