import type { Finding } from "../../plot/verdicts.ts";
import {
  betterTrained,
  fallsLater,
  finalsOf,
  regulariserDoes,
  servesOtherArchitectures,
  servesOtherData,
} from "./claims.ts";
import type { MetaRow } from "./meta_row.ts";

const written = (reduction: number) => Number(reduction.toFixed(2));

const OPEN = "not decided with so few seeds";

/**
 * Conclusions from the verdicts for somebody who wants to prune a network: a sentence for each way that each
 * could have gone.
 */
export function meaning(rows: readonly MetaRow[]): Finding[] {
  const most = finalsOf(rows).at(-1);
  return [
    [fallsLater(rows), {
      "holds":
        "A metanetwork prepares these networks for pruning: with it, more channels go before accuracy falls.",
      "does not hold":
        "A metanetwork does not prepare these networks for pruning: without it, accuracy falls later.",
      [OPEN]: "Whether a metanetwork prepares these networks for pruning is open.",
    }],
    [regulariserDoes(rows), {
      "holds":
        "The rule that a metanetwork learns to follow, followed by itself (shrinkGroups), does as well, and needs " +
        "no meta-training, only a choice of how far. That a metanetwork adds something, larger networks would have " +
        "to show.",
      "does not hold":
        "The rule that a metanetwork learns to follow does less by itself: the metanetwork adds something.",
      [OPEN]: "Whether the rule that a metanetwork learns to follow does as well by itself is open.",
    }],
    ...most === undefined ? [] : [
      [betterTrained(rows, most), {
        "holds": `Where networks are trained again, a metanetwork pays at ${
          written(most)
        }×; section 7 has the lesser reductions.`,
        "does not hold": `Where networks are trained again, a metanetwork costs more than it gives, even at ${
          written(most)
        }×.`,
        [OPEN]: `Whether a metanetwork pays where networks are trained again is open, even at ${
          written(most)
        }×.`,
      }] as const,
    ],
    [servesOtherArchitectures(rows), {
      "holds": "One metanetwork serves networks of other widths and depths.",
      "does not hold": "One metanetwork does not serve networks of other widths and depths.",
      [OPEN]: "Whether one metanetwork serves networks of other widths and depths is open.",
    }],
    [servesOtherData(rows), {
      "holds": "One metanetwork serves networks that learned other data.",
      "does not hold": "One metanetwork does not serve networks that learned other data.",
      [OPEN]: "Whether one metanetwork serves networks that learned other data is open.",
    }],
  ];
}
