import type { ControlName } from "./controls.ts";
import type { MethodName } from "./methods.ts";
import type { BaseSpec, RunSpec } from "./run.ts";

/** How much work the experiment does. (An alias, not an interface: `reproduce` reads it as any preset.) */
export type OptEmbedPreset = {
  /** Description of the preset, and how long it takes. */
  about: string;
  /** Settings that all runs have in common. */
  base: BaseSpec;
  /** Who is compared, with which seeds beyond the notebook's: log and weights of each are its own. */
  contests: readonly { methods: readonly MethodName[]; seeds: readonly number[] }[];
  /** Seeds whose supernets are searched, and trained on with rows withheld. */
  supernets: readonly number[];
  /** Supernets with one thing changed, and how many of these seeds do it. */
  controls: readonly { control: ControlName; seeds: number }[];
  /** Passes over the log in which some rows are withheld. */
  recencyEpochs: number;
  /** Timed runs of each model. */
  latencyRuns: number;
  /** Runs at a time. */
  workers: number;
};

/** The small synthetic log, a factorisation machine with vectors of 8. */
const SMALL: BaseSpec = {
  data: { source: "synthetic", scale: 1, rows: [80_000, 20_000, 20_000] },
  network: "FM",
  hidden: [],
  features: 8,
  training: { batchSize: 1024, rate: 3e-3, weightDecay: 1e-4, epochs: 15, patience: 2 },
  supernet: { weightDecay: 3e-4, epochs: 12, thresholdRate: 0.1, alpha: 0.01, generations: 30 },
};

const CONTEST: readonly MethodName[] = ["plain", "OptEmbed", "OptEmbed-E", "OptEmbed-D", "frequency"];

const RIVALS: readonly MethodName[] = [
  "OptEmbed with a cost",
  "random rows",
  "magnitude",
  "PEP",
  "QR hashing",
  "AutoField",
  "AutoDim",
];

/** How much the experiment can do. */
export const PRESETS = {
  quick: {
    about:
      "a synthetic log of 80,000 rows, five methods, three seeds or more; two minutes on two processor cores",
    base: SMALL,
    contests: [
      { methods: CONTEST, seeds: [0, 1, 2] },
      // Two seeds more, where three leave the paper's claim open.
      { methods: ["plain", "OptEmbed"], seeds: [3, 4] },
    ],
    supernets: [0, 1, 2],
    controls: [
      { control: "no L2", seeds: 3 },
      { control: "no threshold term", seeds: 1 },
      { control: "lazy L2", seeds: 1 },
      { control: "labels shuffled", seeds: 1 },
    ],
    recencyEpochs: 5,
    latencyRuns: 30,
    workers: 2,
  },
  laptop: {
    about: "a synthetic log of two million rows and 10,300 ids, DeepFM, all methods, three seeds; some hours",
    base: {
      ...SMALL,
      data: { source: "synthetic", scale: 10, rows: [2_000_000, 200_000, 200_000] },
      network: "DeepFM",
      hidden: [128, 64],
      features: 16,
    },
    contests: [{ methods: [...CONTEST, ...RIVALS], seeds: [0, 1, 2] }],
    supernets: [0, 1, 2],
    controls: (["no L2", "no threshold term", "lazy L2", "labels shuffled"] as const).map((control) => ({
      control,
      seeds: 1,
    })),
    recencyEpochs: 2,
    latencyRuns: 100,
    workers: 1,
  },
} as const satisfies Record<string, OptEmbedPreset>;

/** All runs of a preset: seeds outermost, so that a run that is stopped early has whole comparisons. */
export function runsOf({ base, contests }: OptEmbedPreset, { seed = 0 }: { seed?: number } = {}): RunSpec[] {
  const seeds = [...new Set(contests.flatMap((contest) => contest.seeds))];
  return seeds.flatMap((each) =>
    contests.filter((contest) => contest.seeds.includes(each)).flatMap(({ methods }) =>
      methods.map((method) => ({ ...base, method, seed: seed + each }))
    )
  );
}
