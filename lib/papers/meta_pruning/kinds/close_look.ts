import type { Kind } from "../../../experiment/unit.ts";
import { type Architecture, nameOf } from "../architecture.ts";
import { type Measuring, networkOf, setupOf } from "../setup.ts";
import { type CurvePoint, magnitudeCurves, pruningCurves } from "../curves.ts";
import { foldersOf } from "../data/data.ts";
import { sensitivities } from "../layer_statistics.ts";
import { MODULE } from "./kind.ts";

/** One network as it was, as a metanetwork changed it, and after fine-tuning, closely. */
export interface CloseLookSpec extends Pick<Measuring, "data"> {
  /** Architecture of the network. */
  architecture: Architecture;
  /** Reductions of multiply-accumulates to look at. */
  reductions: readonly number[];
  /** Divisors of group norms, one figure for each. */
  normalizers: readonly ("max" | "mean" | "none")[];
  /** Parts of the weights that become zero. */
  parts: readonly number[];
  /** Number of which widths become a multiple. Default 1. */
  roundTo?: number;
}

/** A point of a figure, or how much the loss hangs on each channel of a stage. */
export type CloseLookRow =
  | CurvePoint & { readonly figure: "stages" | "max" | "mean" | "none" | "weights" }
  | { readonly figure: "sensitivities"; readonly series: string; readonly values: readonly number[] };

/** The stages of a network on its way, as figures name them. */
export const STAGES = {
  original: "as trained",
  changed: "after the metanetwork",
  tuned: "fine-tuned",
} as const;

/** Curves and sensitivities of the `network` and the `prepared` one that it needs, without training. */
export const closeLook: Kind<CloseLookSpec, CloseLookRow> = {
  name: "meta_pruning/close_look",
  version: 1,
  module: MODULE,
  data: ({ data }) => foldersOf(data),
  label: ({ architecture }) => `a close look at one ${nameOf(architecture)}`,
  async work({ architecture, reductions, normalizers, parts, roundTo, ...measuring }, context) {
    const { data, runtime } = await setupOf(measuring, architecture, context);
    const prepared = await context.need("prepared");
    const original = await networkOf(await context.need("network"));
    const changed = await networkOf(prepared, "changed.onnx");
    const tuned = await networkOf(prepared);
    const models = {
      [STAGES.original]: original,
      "metanetwork only": changed,
      "metanetwork and fine-tuning": tuned,
    };
    const { "metanetwork only": _, ...both } = models;
    const rows: CloseLookRow[] = [];
    const add = (figure: Exclude<CloseLookRow["figure"], "sensitivities">, points: readonly CurvePoint[]) =>
      rows.push(...points.map((point) => ({ figure, ...point })));
    add("stages", await pruningCurves(models, data.test, reductions, { runtime, roundTo }));
    for (const normalizer of normalizers) {
      add(normalizer, await pruningCurves(both, data.test, reductions, { runtime, normalizer, roundTo }));
    }
    add("weights", await magnitudeCurves(models, data.test, parts, { runtime }));
    for (const [stage, model] of [["original", original], ["changed", changed], ["tuned", tuned]] as const) {
      const values = await sensitivities(model, data.train, { runtime });
      rows.push({ figure: "sensitivities", series: STAGES[stage], values });
    }
    return { rows };
  },
};

/** The points of one of its figures. */
export function pointsOf(
  rows: readonly CloseLookRow[],
  figure: Exclude<CloseLookRow["figure"], "sensitivities">,
): CurvePoint[] {
  return rows.flatMap((row) => row.figure === figure ? [row as Extract<CloseLookRow, CurvePoint>] : []);
}

/** The sensitivities of each stage's channels. */
export function sensitivitiesOf(rows: readonly CloseLookRow[]): Record<string, readonly number[]> {
  return Object.fromEntries(
    rows.flatMap((row) => row.figure === "sensitivities" ? [[row.series, row.values]] : []),
  );
}
