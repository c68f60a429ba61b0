import type { Finding } from "../../plot/verdicts.ts";
import { pairedBy } from "../../statistics/pairs.ts";
import { type Verdict, verdict } from "../../statistics/verdict.ts";
import type { TourEvidence } from "./evidence.ts";
import type { CutRow } from "./experiment.ts";
import type { LatencyRow } from "./latency.ts";
import type { TourRow } from "./prune_and_tune.ts";

/** The verdicts of the tour. The claims are the library's own: nobody published them. */
export interface TourVerdicts {
  /** A cut network computes what the whole one does with the channels silenced. */
  exact: Verdict;
  /** Fine-tuning brings back at least half of the accuracy that the cut took. */
  back: Verdict;
  /** Choosing channels by their norm beats choosing at random. */
  random: Verdict;
  /** Widths in multiples of eight channels are faster, at equal arithmetic. */
  blocks: Verdict;
}

/** All verdicts. */
export function claims({ cut, rows, latencies, intact }: TourEvidence): TourVerdicts {
  return {
    exact: cutIsExact(cut),
    back: comesBack(rows, intact),
    random: beatsRandom(rows),
    blocks: blocksAreFaster(latencies),
  };
}

/** Conclusions from the verdicts, a sentence for each way that each could have gone. */
export function meaning({ exact, back, random, blocks }: TourVerdicts): Finding[] {
  return [
    [exact, {
      "holds": "What a cut costs is what those channels were worth: the rest of the network is untouched.",
      "does not hold":
        "The cut changed more than it took: report this network, it is a defect of the library.",
      "not decided with so few seeds": "The cut was not compared.",
    }],
    [back, {
      "holds": "A short fine-tuning is worth its time: judge a cut after it, not before.",
      "does not hold":
        "So short a fine-tuning brings back too little: cut less, or train longer (preset laptop).",
      "not decided with so few seeds":
        "How much fine-tuning brings back differs too much between seeds to say.",
    }],
    [random, {
      "holds": "The norm knows something about channels: choosing by it is worth more than chance.",
      "does not hold":
        "At this size chance chooses as well as the norm: most of what comes back is fine-tuning's work.",
      "not decided with so few seeds":
        "Whether the norm chooses better than chance is open with so few seeds.",
    }],
    [blocks, {
      "holds": "Ask for widths in multiples (`roundTo`): the same arithmetic takes less time.",
      "does not hold": "On this engine odd widths cost nothing: leave `roundTo` out and cut more exactly.",
      "not decided with so few seeds":
        "Whether multiples of eight are faster on this machine its times do not say: measure when " +
        "nothing else runs.",
    }],
  ];
}

/**
 * The criterion that plans of the tour rank by, and the part of the multiply-accumulates that verdicts are
 * about.
 */
const [CRITERION, TARGET] = ["group-l2", 0.5] as const;

/**
 * Float arithmetic in another order: a hundred thousandth of the largest logit is some hundred roundings of
 * float32.
 */
function cutIsExact({ difference, largest }: CutRow): Verdict {
  return verdict({
    claim: "A cut network's logits are the whole one's with the channels silenced (parts of the largest)",
    effect: 1e6 * difference / largest,
    threshold: 10,
    direction: "at most",
    unit: "millionths",
  });
}

/** How much of the accuracy that the cut took comes back: half is what makes fine-tuning worth its time. */
function comesBack(rows: readonly TourRow[], intact: number): Verdict {
  return verdict({
    claim: "Fine-tuning brings back at least half of the accuracy that the cut took",
    effect: judged(rows, CRITERION).filter(({ pruned }) => pruned < intact).map(({ pruned, tuned }) =>
      100 * (tuned - pruned) / (intact - pruned)
    ),
    threshold: 50,
    unit: "%",
  });
}

/** Seed by seed, fine-tuned; a random choice may well win. */
function beatsRandom(rows: readonly TourRow[]): Verdict {
  return verdict({
    claim: `Choosing channels by their norm (${CRITERION}) beats choosing at random`,
    effect: pairedBy(judged(rows, CRITERION), judged(rows, "random"), ({ seed }) => seed).map((
      [own, random],
    ) => 100 * (own.tuned - random.tuned)),
    direction: "more than",
    unit: "points",
  });
}

/**
 * Size by size, as much of the unpruned network's time as the same arithmetic takes less in widths that are
 * multiples.
 */
function blocksAreFaster(latencies: readonly LatencyRow[]): Verdict {
  const of = (series: string) =>
    latencies.filter((row) => row.series === series).toSorted((a, b) => b.macs - a.macs);
  const odd = of("widths not rounded");
  return verdict({
    claim: "Widths in multiples of eight channels are faster, at equal arithmetic",
    effect: of(CRITERION).flatMap(({ median }, i) => odd[i] ? [100 * (1 - median / odd[i].median)] : []),
    direction: "more than",
    unit: "%",
    per: "sizes",
  });
}

function judged(rows: readonly TourRow[], criterion: TourRow["criterion"]): TourRow[] {
  return rows.filter((row) => row.criterion === criterion && row.target === TARGET);
}
