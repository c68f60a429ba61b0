import type { ProbeSpec } from "./probe.ts";
import type { MethodName } from "../../compress/methods/methods.ts";
import type { ServedPreset } from "./served.ts";
import { DENSE, FLOAT_BITS, type Setting, sparsityAt } from "./setting.ts";

/** How much work the experiment does. (An alias, not an interface: `reproduce` reads it as any preset.) */
export type LrmPreset = {
  /** Description of the preset, and how long it takes. */
  about: string;
  /** Sizes of the probes. */
  widths: readonly Pick<ProbeSpec, "hidden" | "layers" | "neurons">[];
  /** Seeds of facts, lessons and first weights, counted from the notebook's. */
  seeds: readonly number[];
  /** What a probe is taught, and for how long. */
  training: Pick<ProbeSpec, "people" | "steps">;
  /** How probes are compressed. */
  plan: {
    /** Methods that set weights to zero. */
    prune: readonly MethodName[];
    /** At these sparsities, and where bytes are equal. */
    sparsities: readonly number[];
    /** Methods that round. */
    round: readonly MethodName[];
    /** To these bits. */
    bits: readonly number[];
    /** SparseGPT at these sparsities is also calibrated on facts alone, chains alone, and noise. */
    calibrated: readonly number[];
  };
  /** Items of each question. */
  items: number;
  /** Rows of lessons that compression is calibrated on. */
  calibration: number;
  /** Work on the language model of the first part. */
  texts: {
    /** How it is compressed. */
    settings: readonly Setting[];
    /** Bits of a GPTQ that keeps the feed-forward block of one layer after the other. */
    keeping: number;
    /** The first text that is measured, and how many are. */
    measured: readonly [from: number, count: number];
    /** Bits of a weight that are spent on matrices by several rules. */
    budgets: readonly number[];
    /** How many random allocations are drawn. */
    draws: number;
  };
  /** Work on a real model, where it is there. Default: nothing. */
  real?: {
    /** How it is compressed, and on how many windows that is calibrated. */
    settings: readonly { setting: Setting; calibration: number }[];
    /** Windows that are measured. */
    windows: number;
  };
  /** What is asked of served models, where there are some. Default: nothing. */
  served?: ServedPreset;
  /** Runs at a time. */
  workers: number;
};

const pruned = (method: MethodName, sparsities: readonly number[]): Setting[] =>
  sparsities.map((sparsity) => ({ method, sparsity }));

const rounded = (method: MethodName, widths: readonly number[]): Setting[] =>
  widths.map((bits) => ({ method, bits }));

/**
 * The settings of a plan for a probe: the dense one, each pruning method at each sparsity and at those at
 * which its file has as many bytes as one of rounded weights, each rounding method at its bits.
 */
export function settingsFor(plan: LrmPreset["plan"], size: LrmPreset["widths"][number]): Setting[] {
  const equal = plan.bits.map((bits) => Number(sparsityAt(bitsAt(bits, size)).toFixed(4)));
  const sparsities = [...plan.sparsities, ...equal].toSorted((a, b) => a - b);
  return [
    DENSE,
    ...plan.prune.flatMap((method) => pruned(method, sparsities)),
    ...plan.round.flatMap((method) => rounded(method, plan.bits)),
  ];
}

/** Bits that a file has for each weight of a probe's matrices, rounded to so many, a grid for each row. */
export function bitsAt(bits: number, { hidden, neurons }: LrmPreset["widths"][number]): number {
  const rows = 5 * hidden + 2 * neurons;
  const weights = 4 * hidden ** 2 + 3 * hidden * neurons;
  return bits + rows * (FLOAT_BITS + bits) / weights;
}

const PROBE = { hidden: 64, layers: 2, neurons: 128 } as const;

const QUICK: LrmPreset = {
  about: "one probe, three methods; stories260K at a few settings; two or three minutes on two cores",
  widths: [PROBE],
  seeds: [0],
  training: { people: 256, steps: 2400 },
  plan: {
    prune: ["magnitude", "sparsegpt"],
    sparsities: [0.3, 0.4, 0.5, 0.6, 0.7],
    round: ["gptq"],
    bits: [8, 5, 4, 3, 2],
    calibrated: [0.5, 0.6],
  },
  items: 100,
  calibration: 64,
  texts: {
    settings: [
      DENSE,
      ...(["magnitude", "wanda", "sparsegpt"] as const).flatMap((method): Setting[] => [
        ...pruned(method, [0.3, 0.5]),
        { method, nm: { n: 2, m: 4 } },
      ]),
      ...rounded("rtn", [3]),
      ...rounded("gptq", [3, 4]),
    ],
    keeping: 3,
    measured: [0, 128],
    budgets: [3],
    draws: 3,
  },
  workers: 2,
};

const TENTHS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];

const LAPTOP: LrmPreset = {
  ...QUICK,
  about:
    "every method; probes of two widths with three seeds; SmolLM2-135M on WikiText-2; an hour or two on two cores",
  widths: [PROBE, { hidden: 32, layers: 2, neurons: 64 }],
  seeds: [0, 1, 2],
  plan: {
    ...QUICK.plan,
    prune: ["magnitude", "wanda", "sparsegpt"],
    round: ["rtn", "gptq", "gptaq", "awq", "anyk"],
  },
  texts: {
    settings: [
      DENSE,
      ...(["magnitude", "wanda", "sparsegpt"] as const).flatMap((method): Setting[] => [
        ...pruned(method, TENTHS),
        { method, nm: { n: 2, m: 4 } },
      ]),
      ...rounded("rtn", [8, 4, 3, 2]),
      ...rounded("gptq", [8, 4, 3, 2]),
      { method: "sparsegpt", sparsity: 0.5, bits: 4 },
    ],
    keeping: 3,
    measured: [0, 128],
    budgets: [2.5, 3, 3.5, 4],
    draws: 5,
  },
  real: {
    settings: [
      { setting: DENSE, calibration: 0 },
      ...pruned("magnitude", [0.5]).map((setting) => ({ setting, calibration: 1 })),
      ...(["wanda", "sparsegpt"] as const).flatMap((method) =>
        [4, 8, 16, 32].map((calibration) => ({ setting: { method, sparsity: 0.5 }, calibration }))
      ),
      ...rounded("rtn", [4, 3]).map((setting) => ({ setting, calibration: 1 })),
      ...rounded("gptq", [4, 3]).map((setting) => ({ setting, calibration: 16 })),
    ],
    windows: 8,
  },
  served: { benchmarks: ["gsm8k", "temporal_sequences"], items: 50, runs: 1, maxTokens: 512 },
  workers: 1,
};

/** The experiment by how long one wants to wait. */
export const PRESETS: Readonly<Record<"quick" | "laptop" | "paper", LrmPreset>> = {
  quick: QUICK,
  laptop: LAPTOP,
  paper: {
    ...LAPTOP,
    about:
      "what laptop does, and any R1 distillation and its quantised files that you serve, on AIME, FOLIO, " +
      "Temporal Sequences and MuSiQue, three runs; hours to days of your server, told before it begins",
    served: {
      benchmarks: ["aime", "folio", "temporal_sequences", "musique"],
      items: 250,
      runs: 3,
      maxTokens: 32_768,
    },
  },
};
