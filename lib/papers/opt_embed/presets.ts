import { requireOptions } from "../../options.ts";
import type { ControlName } from "./controls.ts";
import type { MethodName } from "./methods.ts";
import { PAPER_SETTINGS } from "./published.ts";
import type { RealSpec } from "./real_logs.ts";
import type { BaseSpec, RunSpec } from "./run.ts";

/** Methods on one log of the world. */
export type RealContest = Omit<RealSpec, "method" | "seed"> & {
  /** Who is compared. */
  methods: readonly MethodName[];
  /** Seeds of all. */
  seeds: readonly number[];
};

/** How much work the experiment does. (An alias, not an interface: `reproduce` reads it as any preset.) */
export type OptEmbedPreset = {
  /** Description of the preset, and how long it takes. */
  about: string;
  /** Settings that all runs have in common. */
  base: BaseSpec;
  /** Who is compared, with which seeds beyond the notebook's: log and weights of each are its own. */
  contests: readonly { methods: readonly MethodName[]; seeds: readonly number[] }[];
  /** Who is compared on logs of the world, and how each is trained. */
  real: readonly RealContest[];
  /** Seeds whose supernets are searched, and trained on with rows withheld. */
  supernets: readonly number[];
  /** Supernets with one thing changed, and how many of these seeds do it. */
  controls: readonly { control: ControlName; seeds: number }[];
  /** Passes over the log in which some rows are withheld. */
  recencyEpochs: number;
  /** Searches of each kind on the easy score, for each published log's number of fields. */
  easyRuns: number;
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

/** MovieLens and the samples, as an independent implementation ran them; those are smoke tests. */
const WORLD: readonly RealContest[] = [
  ...([["FM", [], 20], ["DeepFM", [64, 32], 10]] as const).map(([network, hidden, epochs]): RealContest => ({
    ...{ log: "MovieLens-100K", network, hidden, features: 16 },
    training: { batchSize: 1024, rate: 3e-3, weightDecay: 3e-4, epochs, patience: 2 },
    supernet: { weightDecay: 3e-4, epochs, thresholdRate: 0.1, alpha: 0.01, generations: 15 },
    ...{ methods: [...CONTEST, ...RIVALS], seeds: [0, 1, 2] },
  })),
  ...(["Criteo sample", "Avazu sample"] as const).map((log): RealContest => ({
    ...{ log, network: "DeepFM", hidden: [64, 32], features: 16 },
    training: { batchSize: 256, rate: 1e-3, weightDecay: 1e-3, epochs: 10, patience: 2 },
    supernet: { weightDecay: 1e-3, epochs: 10, thresholdRate: 0.1, alpha: 0.01, generations: 15 },
    ...{ methods: ["plain", "OptEmbed"], seeds: [0] },
  })),
];

/** The published runs: four models on three logs of the user's. */
const PUBLISHED: readonly RealContest[] = PAPER_SETTINGS.rows.map((
  { model, data, rate, weightDecay, thresholdRate, alpha },
): RealContest => ({
  ...{ log: data, network: model, hidden: [1024, 512, 256], features: 64 },
  training: { batchSize: 2048, rate, weightDecay, epochs: 30, patience: 0 },
  supernet: { weightDecay, epochs: 30, thresholdRate, alpha, generations: 30 },
  ...{ methods: CONTEST, seeds: [0] },
}));

/** How much the experiment can do. */
export const PRESETS: Readonly<Record<"quick" | "laptop" | "paper", OptEmbedPreset>> = {
  quick: {
    about: "a synthetic log of 80,000 rows, five methods, five seeds; two to four minutes on two cores",
    base: SMALL,
    // Three seeds leave the paper's claim open, and whether rows and dimensions together beat either alone.
    contests: [{ methods: CONTEST, seeds: [0, 1, 2, 3, 4] }],
    real: [],
    supernets: [0, 1, 2, 3, 4],
    controls: [
      { control: "no L2", seeds: 3 },
      { control: "no threshold term", seeds: 1 },
      { control: "lazy L2", seeds: 1 },
      { control: "labels shuffled", seeds: 1 },
    ],
    recencyEpochs: 5,
    easyRuns: 250,
    latencyRuns: 30,
    workers: 2,
  },
  laptop: {
    about: "MovieLens-100K and a synthetic log of two million rows, all methods, three seeds; a day",
    base: {
      ...SMALL,
      data: { source: "synthetic", scale: 10, rows: [2_000_000, 200_000, 200_000] },
      network: "DeepFM",
      hidden: [128, 64],
      features: 16,
    },
    contests: [{ methods: [...CONTEST, ...RIVALS], seeds: [0, 1, 2] }],
    real: WORLD,
    supernets: [0, 1, 2],
    controls: (["no L2", "no threshold term", "lazy L2", "labels shuffled"] as const).map((control) => ({
      control,
      seeds: 1,
    })),
    recencyEpochs: 2,
    easyRuns: 250,
    latencyRuns: 100,
    workers: 1,
  },
  paper: {
    about:
      "the published settings on Criteo, Avazu and KDD12 from your files (criteo/train.txt, avazu/train.csv, " +
      "kdd12/training.txt under ESPALIER_DATA); years on two processor cores, and the tables need 8 GB",
    base: SMALL,
    contests: [{ methods: CONTEST, seeds: [0, 1, 2] }],
    real: PUBLISHED,
    supernets: [0],
    controls: [{ control: "no L2", seeds: 1 }],
    recencyEpochs: 2,
    easyRuns: 250,
    latencyRuns: 100,
    workers: 1,
  },
};

/** All runs of a preset: seeds outermost, so that a run that is stopped early has whole comparisons. */
export function runsOf({ base, contests }: OptEmbedPreset, options: { seed?: number } = {}): RunSpec[] {
  requireOptions("runsOf", options, { seed: true });
  const { seed = 0 } = options;
  const seeds = [...new Set(contests.flatMap((contest) => contest.seeds))];
  return seeds.flatMap((each) =>
    contests.filter((contest) => contest.seeds.includes(each)).flatMap(({ methods }) =>
      methods.map((method) => ({ ...base, method, seed: seed + each }))
    )
  );
}
