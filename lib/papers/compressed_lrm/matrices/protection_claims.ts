import { mean } from "../../../statistics/describe.ts";
import { type Verdict, verdict } from "../../../statistics/verdict.ts";
import type { ProtectionRow, ProtectionRule } from "./protection.ts";

/** Verdicts on the last layer's MLP at 16 bits beside what the paper does not compare it with. */
export interface ProtectionVerdicts {
  /** More than as many weights by lot. */
  byLot: Verdict;
  /** More than as many that cost the least. */
  overLeast: Verdict;
  /** As many that cost the most help more. */
  chosen: Verdict;
  /** More bits for the same bytes help more. */
  asBits: Verdict;
}

/** The verdicts. */
export function protectionClaims(rows: readonly ProtectionRow[]): ProtectionVerdicts {
  return {
    byLot: less(
      rows,
      "last",
      "random",
      "Ours: the last MLP at 16 bits helps more than as many weights by lot",
    ),
    overLeast: less(
      rows,
      "last",
      "least",
      "Ours: and more than as many weights where rounding costs least",
    ),
    chosen: less(
      rows,
      "most",
      "last",
      "Ours: as many weights at 16 bits where rounding costs most help more than the last MLP",
    ),
    asBits: less(
      rows,
      "bits",
      "last",
      "Ours: the same bytes spent on more bits help more than the last MLP at 16",
    ),
  };
}

/** By how much one rule's losses are below another's, text by text; of draws the mean. */
function less(
  rows: readonly ProtectionRow[],
  first: ProtectionRule,
  second: ProtectionRule,
  claim: string,
): Verdict {
  const of = (rule: ProtectionRule) => rows.filter((row) => row.rule === rule);
  const [one, others] = [of(first)[0], of(second)];
  return verdict({
    claim,
    effect: one && others.length > 0
      ? one.losses.map((loss, i) => mean(others.map(({ losses }) => losses[i]!)) - loss)
      : [],
    direction: "more than",
    unit: "nats",
    per: "texts",
  });
}
