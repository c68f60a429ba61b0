import { cacheFolder } from "../../data/folders.ts";
import type { SuperresData } from "../../superres/data.ts";
import type { ContestantName } from "./contestants.ts";
import type { NetworkName } from "./networks.ts";
import type { RunSpec } from "./train_and_test.ts";

/** How much work the experiment does. */
export interface SuperresPreset {
  /** What all runs have in common. */
  base: Omit<RunSpec, "method" | "sparsity" | "seed" | "alpha">;
  /** Paired: contestants of one seed share weights and batches. */
  seeds: readonly number[];
  /** Who is compared at which sparsities. */
  contests: readonly { methods: readonly Entry[]; sparsities: readonly number[] }[];
  /** Timed runs per model in the figure of latencies. */
  latencyRuns: number;
  /** Runs at a time: small networks keep one thread busy, large ones all. */
  workers: number;
  /** Whether runs last so long that they are saved on the way. */
  resumes: boolean;
}

/** A method, and α where it is not the suggested one. */
export interface Entry {
  method: ContestantName;
  alpha?: number;
}

/** Names of the presets. */
export type PresetName = keyof typeof PRESETS;

/** The small network on textures made by a formula, Adam at 2e-3. */
const SMALL = {
  network: "edsr-tiny" as NetworkName,
  data: { train: ["procedural"], test: "Set5", scale: 2 },
  pruningSteps: 700,
  steps: 1000,
  rate: 2e-3,
  batchSize: 8,
  patch: 16,
} as const;

const MAIN: readonly Entry[] = [{ method: "iss-p", alpha: 0.99 }, { method: "one-shot" }];

/** What the published networks are trained and tested on. */
const DF2K = {
  data: { train: ["DIV2K", "Flickr2K"], test: "Set5", scale: 4 },
  batchSize: 32,
  patch: 64,
} as const;

/** The methods of the release, the fair rival and the suggested α. */
const RELEASED: readonly Entry[] = [
  { method: "iss-p", alpha: 0.95 },
  { method: "iss-p" },
  { method: "one-shot" },
  { method: "l1-at-init" },
  { method: "random" },
  { method: "srp" },
  { method: "assl" },
];

/** α by which structure learning is compared; `iht` is 0. */
const ALPHAS = [0.5, 0.95, 0.98, 0.995, 0.998];

/**
 * `quick` takes minutes on two quiet processors; `laptop`, a network of 1.4 million weights, an hour or two; `study`, all
 * methods and five seeds on the small network, about as long; `paper` and `paper-edsr` are what the release
 * trains, SwinIR-light and EDSR-L, one contestant at a time, and take weeks without a GPU.
 */
export const PRESETS = {
  quick: {
    base: SMALL,
    seeds: [0, 1, 2],
    contests: [
      { methods: [...MAIN, { method: "l1-at-init" }], sparsities: [0.9, 0.95] },
      { methods: MAIN, sparsities: [0.99] },
      { methods: [{ method: "iss-p" }, { method: "iht" }, { method: "structured" }], sparsities: [0.9] },
      { methods: [{ method: "dense" }], sparsities: [0] },
    ],
    latencyRuns: 10,
    workers: 2,
    resumes: false,
  },
  laptop: {
    base: {
      network: "edsr-baseline",
      data: { train: ["T91", "BSD200"], test: "Set5", scale: 2 },
      pruningSteps: 700,
      steps: 1000,
      rate: 2e-4,
      batchSize: 8,
      patch: 24,
    },
    seeds: [0],
    contests: [
      {
        methods: [{ method: "iss-p" }, { method: "one-shot" }, { method: "l1-at-init" }],
        sparsities: [0.95],
      },
    ],
    latencyRuns: 20,
    workers: 1,
    resumes: true,
  },
  study: {
    base: SMALL,
    seeds: [0, 1, 2, 3, 4],
    contests: [
      {
        methods: [
          ...MAIN,
          { method: "iss-p" },
          { method: "iht" },
          { method: "l1-at-init" },
          { method: "random" },
          { method: "iss-r" },
          { method: "srp" },
          { method: "assl" },
          { method: "assl-aligned" },
          { method: "iss-p-nm", alpha: 0.99 },
        ],
        sparsities: [0.9, 0.95, 0.99],
      },
      { methods: ALPHAS.map((alpha) => ({ method: "iss-p" as const, alpha })), sparsities: [0.9] },
      { methods: [{ method: "structured" }], sparsities: [0.9, 0.95] },
      { methods: [{ method: "dense" }], sparsities: [0] },
    ],
    latencyRuns: 50,
    workers: 2,
    resumes: false,
  },
  paper: {
    base: {
      ...DF2K,
      network: "swinir-light",
      // The release stops structure learning at 100,020 steps, and tunes ISS-P for 200,000 and its rivals for 500,000.
      pruningSteps: 100_020,
      steps: 300_020,
      rate: 2e-4,
    },
    seeds: [0],
    contests: [
      { methods: RELEASED, sparsities: [0.9, 0.95, 0.99] },
      { methods: [{ method: "iht" }, { method: "iss-r" }], sparsities: [0.95] },
      { methods: [{ method: "dense" }], sparsities: [0] },
    ],
    latencyRuns: 20,
    workers: 1,
    resumes: true,
  },
  "paper-edsr": {
    // 300,000 steps of tuning for all, as released.
    base: { ...DF2K, network: "edsr-L", pruningSteps: 100_020, steps: 400_020, rate: 1e-4 },
    seeds: [0],
    contests: [
      { methods: RELEASED, sparsities: [0.95] },
      { methods: [{ method: "dense" }], sparsities: [0] },
    ],
    latencyRuns: 20,
    workers: 1,
    resumes: true,
  },
} as const satisfies Record<string, SuperresPreset>;

/** The preset of a name; throws with the names there are. */
export function presetNamed(name: string): SuperresPreset {
  if (!Object.hasOwn(PRESETS, name)) {
    throw new RangeError(`Cannot find preset "${name}": expected one of ${Object.keys(PRESETS).join(", ")}`);
  }
  return PRESETS[name as PresetName];
}

/** All runs of a preset: seeds outermost, so that a run that is stopped early has whole comparisons. */
export function runsOf({ base, seeds, contests }: SuperresPreset): RunSpec[] {
  return seeds.flatMap((seed) =>
    contests.flatMap(({ methods, sparsities }) =>
      sparsities.flatMap((sparsity) => methods.map((entry) => ({ ...base, ...entry, sparsity, seed })))
    )
  );
}

/** Version of the rows: those of other versions are left alone. */
const ROWS = 1;

/**
 * Where notebooks keep the rows of these pictures, so that a run that was stopped goes on, and presets share what they
 * have in common. Rows of other pictures lie elsewhere: what was tested on textures is not Set5, once that is there.
 */
export async function resultsFile(data: SuperresData): Promise<string> {
  return `${await checkpointsFolder(data)}/rows-${ROWS}.jsonl`;
}

/** Where notebooks keep the checkpoints of runs on these pictures that last long. */
export async function checkpointsFolder({ trainName, testName }: SuperresData): Promise<string> {
  const pictures = `${trainName} to ${testName}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const folder = `${cacheFolder()}/superres/${pictures}`;
  await Deno.mkdir(folder, { recursive: true });
  return folder;
}
