import { mean } from "../../statistics/describe.ts";
import { type Verdict, verdict } from "../../statistics/verdict.ts";
import type { AllocationRow } from "./allocation.ts";
import { lastLayer } from "./matrices/matrix_name.ts";
import type { PerplexityRow } from "./perplexity.ts";
import type { SensitivityRow } from "./matrices/sensitivity.ts";
import type { Setting } from "./setting.ts";

/** What a setting may say beside its method. */
export type Told = Partial<Extract<Setting, { sparsity?: number }>>;

/** Whether a setting is this one and nothing more. */
export const isPlain = (wanted: Told) => (setting: Told): boolean =>
  (["method", "sparsity", "bits", "nm", "keep", "alone"] as const).every((key) =>
    setting[key] === wanted[key]
  );

const settingOf = ({ setting }: PerplexityRow): Told => setting as Told;

/** The layer of the deepest block that was kept. */
export const lastKept = (rows: readonly PerplexityRow[]): number =>
  Math.max(-1, ...rows.flatMap((row) => settingOf(row).keep ?? []));

/** Whether a text is predicted better after one thing than after another, in nats a token, text by text. */
export function better(
  rows: readonly PerplexityRow[],
  first: (setting: Told) => boolean,
  second: (setting: Told) => boolean,
  claim: string,
): Verdict {
  const find = (is: (setting: Told) => boolean) => rows.find((row) => is(settingOf(row)))?.losses;
  const [one, other] = [find(first), find(second)];
  const effect = one && other ? one.map((loss, i) => other[i]! - loss) : [];
  return verdict({ claim, effect, direction: "more than", unit: "nats", per: "texts" });
}

/** The loss with the best other layer's MLP kept, less that with the last one's. */
export function noOther(rows: readonly PerplexityRow[]): Verdict {
  const last = lastKept(rows);
  const kept = rows.filter((row) => settingOf(row).keep !== undefined);
  const own = kept.find((row) => settingOf(row).keep === last);
  const [best] = kept.filter((row) => row !== own).toSorted((a, b) => mean(a.losses) - mean(b.losses));
  return verdict({
    claim: "Paper: and no other layer's MLP helps more",
    effect: own && best ? best.losses.map((loss, i) => loss - own.losses[i]!) : [],
    unit: "nats",
    per: "texts",
  });
}

/** The rank of the last `up_proj` by what it costs to round it alone: a count, which no seed changes. */
export function mostSensitive(rows: readonly SensitivityRow[]): Verdict {
  const last = lastLayer(rows.map(({ weight }) => weight));
  const ranked = rows.toSorted((a, b) => mean(b.losses) - mean(a.losses)).map(({ weight }) => weight);
  const rank = ranked.indexOf(`model.layers.${last}.mlp.up_proj.weight`) + 1;
  return verdict({
    claim:
      "Paper: of all matrices the last layer's up_proj matters most: rank by what 3 bits in it alone cost",
    effect: rank > 0 ? rank : [],
    threshold: 1,
    direction: "at most",
  });
}

/** Losses after a control rule less those after the calibrated one, at 3 bits. */
export function allocated(
  rows: readonly AllocationRow[],
  rule: "uniform" | "random",
  claim: string,
  method: AllocationRow["method"] = "rtn",
): Verdict {
  const own = rows.filter((row) => row.budget === 3 && row.method === method);
  const calibrated = own.find((row) => row.rule === "calibrated");
  const controls = own.filter((row) => row.rule === rule);
  return verdict({
    claim,
    effect: calibrated && controls.length > 0
      ? calibrated.losses.map((loss, i) => mean(controls.map(({ losses }) => losses[i]!)) - loss)
      : [],
    direction: "more than",
    unit: "nats",
    per: "texts",
  });
}
