import { withoutUndefined } from "../../options.ts";
import type { Finding } from "../../plot/verdicts.ts";
import { pairedBy } from "../../statistics/pairs.ts";
import { type Verdict, verdict } from "../../statistics/verdict.ts";
import type { MethodName } from "./methods.ts";
import type { Evidence } from "./evidence.ts";
import { PUBLISHED_CROPS } from "./published.ts";
import type { Row } from "./train_and_test.ts";

/** Verdicts on what the paper claims, as far as it could be had: its abstract and its images. */
export interface PaperVerdicts {
  /** ISS-P beats a structure taken from the first weights. */
  firstWeights: Verdict;
  /** In fine-tuning, gradients are smaller than after a one-shot cut. */
  gradients: Verdict;
  /** ISS-P is first in the crops that the authors published. */
  crops: Verdict;
}

/**
 * Verdicts on what this notebook asks beside it: rivals that the paper leaves out, and what zeros are worth.
 */
export interface OwnVerdicts {
  /** ISS-P beats dense training with a one-shot cut. */
  oneShot: Verdict;
  /** ISS-P beats the one-shot cut at the higher sparsity, where there are two. */
  oneShotSparser?: Verdict;
  /** The gain over the one-shot cut grows with sparsity, where there are two. */
  growth?: Verdict;
  /** Shrinking softly beats hard thresholding. */
  hard: Verdict;
  /** Single weights beat whole channels at equal multiply-adds. */
  channels: Verdict;
  /** The sparse network beats bicubic interpolation. */
  bicubic: Verdict;
  /** Right after the cut ISS-P scores better than what was cut at once. */
  cut: Verdict;
  /** Soft shrinkage exchanges more weights than hard thresholding. */
  exchange: Verdict;
  /** The file is as many times smaller as zeros allow. */
  files: Verdict;
  /** Zeros save time on an engine that does not know of them. */
  time: Verdict;
}

/** All verdicts. */
export function claims(evidence: Evidence): { paper: PaperVerdicts; ours: OwnVerdicts } {
  const { rows } = evidence;
  const lowest = contestSparsity(rows);
  const most = sharedSparsities(rows).findLast((sparsity) => sparsity > lowest);
  return {
    paper: {
      firstWeights: beatsFirstWeights(rows, lowest),
      gradients: smallerGradients(rows, lowest),
      crops: firstInCrops(),
    },
    ours: withoutUndefined({
      oneShot: beatsOneShot(rows, lowest),
      oneShotSparser: most === undefined ? undefined : beatsOneShot(rows, most),
      growth: most === undefined ? undefined : gainGrows(rows, [lowest, most]),
      hard: beatsHard(rows, lowest),
      channels: beatsChannels(rows, lowest),
      bicubic: beatsBicubic(evidence, lowest),
      cut: cutHurtsLess(rows, lowest),
      exchange: exchangesMore(rows, lowest),
      files: zerosShrinkFiles(evidence),
      time: zerosSaveTime(evidence),
    }),
  };
}

/** Conclusions from the verdicts, a sentence for each way that each could have gone. */
export function meaning({ paper, ours }: ReturnType<typeof claims>): Finding[] {
  return [
    [paper.firstWeights, {
      "holds": "Learning which weights stay is worth something: the first magnitudes do not know it.",
      "does not hold":
        "Here the first magnitudes choose as well as learning does: the structure hardly matters.",
      "not decided with so few seeds":
        "Whether learning the structure is worth anything over the first magnitudes is open.",
    }],
    [ours.oneShot, {
      "holds":
        "Against dense training and a cut, the fair rival, soft shrinkage is ahead. Less fine-tuning favours it: " +
        "whoever was cut has had less time to repair itself.",
      "does not hold":
        "Dense training and a cut does as well: with so much fine-tuning a network repairs the cut.",
      "not decided with so few seeds":
        "Against dense training and a cut, the fair rival, the seeds do not decide.",
    }],
    [ours.channels, {
      "holds":
        "Single weights give more quality than whole channels for the same multiply-adds, and need a kernel that skips " +
        "zeros to give any time.",
      "does not hold":
        "Whole channels give as much quality for the same multiply-adds, and need no sparse kernel: on this " +
        "network single zeros buy nothing that structure does not.",
      "not decided with so few seeds":
        "Between single weights and whole channels these seeds do not decide. Channels " +
        "need no sparse kernel, which speaks for them.",
    }],
    [ours.time, {
      "holds": "Zeros took less time here even without a kernel for them: look at how narrow the layers are.",
      "does not hold": "Single zeros save storage, not time, unless a kernel skips them.",
      "not decided with so few seeds": "Times were too unsteady to say whether zeros alone save any.",
    }],
  ];
}

/**
 * The released rival decides by the magnitudes of random weights; the abstract claims to do better by
 * learning the structure.
 */
function beatsFirstWeights(rows: readonly Row[], sparsity: number): Verdict {
  return verdict({
    claim: `Paper: ISS-P beats a structure taken from the first weights, at sparsity ${sparsity}`,
    effect: gains(rows, "l1-at-init", sparsity),
    direction: "more than",
    unit: "dB",
  });
}

/**
 * Abstract: trainability is better kept, gradients are more regular. An earlier implementation saw them 25 to
 * 50 % smaller.
 */
function smallerGradients(rows: readonly Row[], sparsity: number): Verdict {
  return verdict({
    claim: "Paper: in fine-tuning, gradients are smaller than after a one-shot cut",
    effect: paired(rows, "one-shot", sparsity, (soft, rival) => 100 * (soft.gradient / rival.gradient - 1)),
    direction: "less than",
    unit: "%",
  });
}

/**
 * Figures 7 and 16, and the crops released with the code: over the best rival, image part by image part.
 */
export function firstInCrops(
  crops: readonly { region: string; method: string; psnr: number }[] = PUBLISHED_CROPS.rows,
): Verdict {
  const regions = [...Map.groupBy(crops, ({ region }) => region).values()];
  const of = (own: typeof crops) => {
    const [soft, others] = [
      own.find(({ method }) => method === "ISS-P")!,
      own.filter(({ method }) => method !== "ISS-P"),
    ];
    return soft.psnr - Math.max(...others.map(({ psnr }) => psnr));
  };
  return verdict({
    claim: "Paper: ISS-P is first in the crops that the authors published (their files)",
    effect: regions.map(of),
    direction: "more than",
    unit: "dB",
    per: "regions",
  });
}

/**
 * Gain over a one-shot cut that two earlier implementations of this small protocol found with all eight pairs
 * of seeds, in dB.
 */
const LEAST_GAIN = 0.1;

/**
 * The fair rival, which the release does not have: dense training as long, then one cut, then the same
 * fine-tuning.
 */
function beatsOneShot(rows: readonly Row[], sparsity: number): Verdict {
  return verdict({
    claim: `Ours: ISS-P beats dense training with a one-shot cut, at sparsity ${sparsity}`,
    effect: gains(rows, "one-shot", sparsity),
    threshold: LEAST_GAIN,
    unit: "dB",
  });
}

/** An earlier implementation saw the gain grow with sparsity. */
function gainGrows(rows: readonly Row[], [from, to]: readonly [number, number]): Verdict {
  const gainsAt = (sparsity: number) =>
    pairs(rows, "one-shot", sparsity).map(([soft, rival]) => ({
      seed: soft.seed,
      gain: soft.psnr - rival.psnr,
    }));
  return verdict({
    claim: `Ours: the gain over the one-shot cut grows from sparsity ${from} to ${to}`,
    effect: pairedBy(gainsAt(to), gainsAt(from), seedOf).map(([after, before]) => after.gain - before.gain),
    direction: "more than",
    unit: "dB",
  });
}

/** Whether softness pays: hard thresholding zeroes the same set at the same steps. */
function beatsHard(rows: readonly Row[], sparsity: number): Verdict {
  return verdict({
    claim: `Ours: shrinking softly beats hard thresholding (IHT), at sparsity ${sparsity}`,
    effect: gains(rows, "iht", sparsity),
    direction: "more than",
    unit: "dB",
  });
}

/** Whole channels, cut to the same multiply-adds, need no sparse kernel. */
function beatsChannels(rows: readonly Row[], sparsity: number): Verdict {
  return verdict({
    claim: `Ours: single weights beat whole channels at equal multiply-adds, ${
      percent(1 - sparsity)
    } of them`,
    effect: gains(rows, "structured", sparsity),
    direction: "more than",
    unit: "dB",
  });
}

/**
 * The network starts as bicubic interpolation; earlier implementations of the small protocol exceeded it by
 * more than a decibel.
 */
function beatsBicubic(
  { rows, bicubic }: Pick<Evidence, "rows" | "bicubic">,
  sparsity: number,
): Verdict {
  return verdict({
    claim: `Ours: with ${
      percent(sparsity)
    } zeros the network still enlarges better than bicubic interpolation`,
    effect: softRows(rows, sparsity).map(({ psnr }) => psnr - bicubic),
    threshold: 1,
    unit: "dB",
  });
}

/** Whoever was shrunk into a structure already lives in it when the cut comes. */
function cutHurtsLess(rows: readonly Row[], sparsity: number): Verdict {
  return verdict({
    claim: "Ours: right after the cut ISS-P scores better than what was cut at once",
    effect: paired(
      rows,
      "one-shot",
      sparsity,
      (soft, rival) =>
        soft.afterCut === undefined || rival.afterCut === undefined
          ? undefined
          : soft.afterCut - rival.afterCut,
    ),
    direction: "more than",
    unit: "dB",
  });
}

/** An earlier implementation saw turnover fall as shrinkage gets stronger; α = 0 is the strongest. */
function exchangesMore(rows: readonly Row[], sparsity: number): Verdict {
  return verdict({
    claim: "Ours: soft shrinkage exchanges more weights than hard thresholding",
    effect: paired(rows, "iht", sparsity, (soft, rival) => 100 * (soft.turnover - rival.turnover)),
    direction: "more than",
    unit: "points",
  });
}

/** A count: no seed changes it. */
function zerosShrinkFiles({ file: { sparse, onnx, zeros } }: Pick<Evidence, "file">): Verdict {
  return verdict({
    claim: `Ours: with ${percent(zeros)} zeros its file is as many times smaller`,
    effect: onnx / sparse,
    threshold: 1 / (1 - zeros),
    unit: "times",
  });
}

/** Zeros that are multiplied like any number, at several sparsities, against none. */
function zerosSaveTime({ latency }: Pick<Evidence, "latency">): Verdict {
  const zeros = latency.filter(({ series }) => series === "zeros, run densely");
  const whole = zeros.filter(({ sparsity }) => sparsity === 0);
  return verdict({
    claim: "Ours: zeros save a tenth of the time on an engine that does not know of them",
    effect: whole.flatMap((dense) =>
      zeros.filter(({ sparsity }) => sparsity > 0).map(({ median }) => 100 * (1 - median / dense.median))
    ),
    threshold: 10,
    unit: "%",
    per: "sparsities",
  });
}

/**
 * The sparsity that most verdicts are about: the lowest one of the contest, where methods differ and networks
 * still work.
 */
export function contestSparsity(rows: readonly Row[]): number {
  return sharedSparsities(rows)[0] ?? 0.9;
}

/** Sparsities at which soft shrinkage and the one-shot cut both ran, from the lowest. */
function sharedSparsities(rows: readonly Row[]): number[] {
  const sparsities = [...new Set(rows.map(({ sparsity }) => sparsity))].toSorted((a, b) => a - b);
  return sparsities.filter((sparsity) => pairs(rows, "one-shot", sparsity).length > 0);
}

/** Runs of soft shrinkage with the α that comes first: that of the contest. */
function softRows(rows: readonly Row[], sparsity: number): Row[] {
  const soft = rows.filter(({ method }) => method === "iss-p");
  return soft.filter(({ alpha, sparsity: own }) => own === sparsity && alpha === soft[0]!.alpha);
}

/** Soft shrinkage and a rival with the same seed, and so with the same first weights and batches. */
function pairs(rows: readonly Row[], rival: MethodName, sparsity: number): [soft: Row, rival: Row][] {
  const rivals = rows.filter(({ method, sparsity: own }) => method === rival && own === sparsity);
  return pairedBy(softRows(rows, sparsity), rivals, seedOf);
}

const seedOf = ({ seed }: { readonly seed: number }): number => seed;

/** A difference seed by seed, where it is known. */
function paired(
  rows: readonly Row[],
  rival: MethodName,
  sparsity: number,
  difference: (soft: Row, rival: Row) => number | undefined,
): number[] {
  return pairs(rows, rival, sparsity).flatMap(([soft, other]) => difference(soft, other) ?? []);
}

/** PSNR of soft shrinkage over a rival's, in dB. */
function gains(rows: readonly Row[], rival: MethodName, sparsity: number): number[] {
  return paired(rows, rival, sparsity, (soft, other) => soft.psnr - other.psnr);
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}
