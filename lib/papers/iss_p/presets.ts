import { requireOptions } from "../../options.ts";
import type { MethodName } from "./methods.ts";
import type { NetworkName } from "./networks.ts";
import type { RunSpec } from "./train_and_test.ts";

/** How much work the experiment does. (An alias, not an interface: `reproduce` reads it as any preset.) */
export type SuperresPreset = {
  /** Description of the preset, and how long it takes. */
  about: string;
  /**
   * Settings that all runs have in common. Textures stand in for the test images where those are not on a
   * machine.
   */
  base: Omit<RunSpec, "method" | "sparsity" | "seed" | "alpha">;
  /** Beyond the notebook's seed. Paired: methods of one seed share weights and batches. */
  seeds: readonly number[];
  /** Who is compared at which sparsities, and with which seeds, where they are not those above. */
  contests: readonly Contest[];
  /** Timed runs per model in the figure of latencies. */
  latencyRuns: number;
  /** Runs at a time: small networks keep one thread busy, large ones all. */
  workers: number;
};

/** Methods that are compared with each other. */
export interface Contest {
  /** The methods, each with its own settings. */
  methods: readonly Entry[];
  /** Sparsities at which each method runs. */
  sparsities: readonly number[];
  /** Seeds with which each method runs. Default: the preset's. */
  seeds?: readonly number[];
}

/**
 * A method, and where it differs from what all have in common: α that is not the suggested one, steps of its
 * own.
 */
export interface Entry extends Partial<Pick<RunSpec, "alpha" | "pruningSteps" | "steps">> {
  /** Name of the method. */
  method: MethodName;
}

/** The small network on textures made by a formula, Adam at 2e-3. */
const SMALL = {
  network: "edsr-tiny" as NetworkName,
  data: { train: ["procedural"], test: "Set5", validation: "kept apart", scale: 2 },
  pruningSteps: 700,
  steps: 1000,
  rate: 2e-3,
  batchSize: 8,
  patch: 16,
} as const;

const MAIN: readonly Entry[] = [{ method: "iss-p", alpha: 0.99 }, { method: "one-shot" }];

/** Test sets of the paper beside Set5, which the release also validates on. */
const SETS = ["Set14", "BSD100", "Urban100", "Manga109"] as const;

/** Images that the published networks are trained and tested on. */
const DF2K = { train: ["DIV2K", "Flickr2K"], test: "Set5", alsoTest: SETS, validation: "Set5" } as const;

/**
 * Steps of structure learning in the release: until a coefficient that grows by 1e-4 every 20 steps has
 * passed 0.5. Methods that let it rest before the cut take 43,150 more, and ASSL decides after 17,260 that
 * come before.
 */
const STRUCTURE = { growing: 100_020, resting: 43_150, before: 17_260 } as const;

/**
 * The methods of the release, each with its own steps: so many of fine-tuning for ISS-P, and for its rivals.
 */
function released(tuning: { issP: number; rivals: number }): readonly Entry[] {
  const { growing, resting, before } = STRUCTURE;
  const own = (pruningSteps: number, tuning: number) => ({
    pruningSteps,
    steps: pruningSteps + tuning,
  });
  return [
    { method: "iss-p", alpha: 0.95, ...own(growing, tuning.issP) },
    { method: "srp", ...own(growing + resting, tuning.rivals) },
    { method: "assl-released", ...own(before + growing + resting, tuning.rivals) },
    { method: "l1-at-init", ...own(0, tuning.rivals) },
    { method: "random", ...own(0, tuning.rivals) },
  ];
}

/** Additions to the released runs: the suggested α, and the fair rival with the same number of steps. */
const FAIR: readonly Entry[] = [{ method: "iss-p" }, { method: "one-shot" }];

/**
 * SwinIR-light; the learning rate is halved as released, which ISS-P, with 200,000 steps of fine-tuning,
 * never sees.
 */
function swinirLight(
  scale: number,
  more: Partial<SuperresPreset>,
): SuperresPreset {
  return {
    about: `SwinIR-light ×${scale} as the release trains it; weeks without a GPU`,
    base: {
      network: "swinir-light",
      data: { ...DF2K, scale },
      pruningSteps: STRUCTURE.growing,
      steps: STRUCTURE.growing + 200_000,
      rate: 2e-4,
      halvings: [250_000, 400_000, 450_000, 475_000, 500_000],
      batchSize: 32,
      patch: 64,
    },
    seeds: [0],
    contests: [
      { methods: [...released({ issP: 200_000, rivals: 500_000 }), ...FAIR], sparsities: [0.9, 0.95, 0.99] },
      { methods: [{ method: "dense", pruningSteps: 0, steps: 500_000 }], sparsities: [0] },
    ],
    latencyRuns: 20,
    workers: 1,
    ...more,
  };
}

const RELEASED = swinirLight(4, {});

/** α by which structure learning is compared; `iht` is 0. */
const ALPHAS = [0.5, 0.95, 0.98, 0.995, 0.998];

/** Names of the presets. */
export type PresetName =
  | "quick"
  | "laptop"
  | "study"
  | "paper"
  | "paper-x2"
  | "paper-x3"
  | "paper-equal"
  | "paper-edsr";

/** How much the experiment can do. */
export const PRESETS: Readonly<Record<PresetName, SuperresPreset>> = {
  quick: {
    about:
      "a network of 9,612 weights on textures, four rivals, three to five seeds; three minutes on two processor cores",
    base: SMALL,
    seeds: [0, 1, 2],
    contests: [
      // Two seeds more, where three leave the paper's claim open.
      { methods: [...MAIN, { method: "l1-at-init" }], sparsities: [0.9], seeds: [0, 1, 2, 3, 4] },
      { methods: MAIN, sparsities: [0.95] },
      { methods: [{ method: "iss-p" }, { method: "iht" }, { method: "structured" }], sparsities: [0.9] },
      { methods: [{ method: "dense" }], sparsities: [0], seeds: [0] },
    ],
    latencyRuns: 10,
    workers: 2,
  },
  laptop: {
    about: "a network of 1.4 million weights on photographs, one seed; an hour or two",
    base: {
      network: "edsr-baseline",
      data: {
        train: ["T91", "BSD200"],
        test: "Set5",
        alsoTest: ["Set14", "BSD100", "Urban100"],
        validation: "kept apart",
        scale: 2,
      },
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
  },
  study: {
    about: "all methods and five seeds on the small network; about an hour",
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
  },
  paper: swinirLight(4, {
    contests: [
      ...RELEASED.contests,
      {
        methods: (["iht", "iss-r"] as const).map((method) => ({
          method,
          steps: STRUCTURE.growing + 500_000,
        })),
        sparsities: [0.95],
      },
    ],
  }),
  "paper-x2": swinirLight(2, {}),
  "paper-x3": swinirLight(3, {}),
  "paper-equal": swinirLight(4, {
    about: "SwinIR-light ×4, all methods with as many steps as ISS-P; weeks without a GPU",
    contests: [
      {
        methods: [
          { method: "iss-p", alpha: 0.95 },
          ...FAIR,
          ...(["srp", "assl-released", "l1-at-init", "random", "iht", "iss-r"] as const).map((method) => ({
            method,
          })),
        ],
        sparsities: [0.9, 0.95, 0.99],
      },
      { methods: [{ method: "dense" }], sparsities: [0] },
    ],
  }),
  "paper-edsr": {
    about: "EDSR-L ×4 as the release trains it; months without a GPU",
    base: {
      ...RELEASED.base,
      network: "edsr-L",
      steps: STRUCTURE.growing + 300_000,
      rate: 1e-4,
      halvings: [200_000],
    },
    seeds: [0],
    contests: [
      { methods: [...released({ issP: 300_000, rivals: 300_000 }), ...FAIR], sparsities: [0.95] },
      { methods: [{ method: "dense", pruningSteps: 0, steps: 300_000 }], sparsities: [0] },
    ],
    latencyRuns: 20,
    workers: 1,
  },
};

/** All runs of a preset: seeds outermost, so that a run that is stopped early has whole comparisons. */
export function runsOf(
  { base, seeds, contests }: SuperresPreset,
  options: { seed?: number; data?: RunSpec["data"] } = {},
): RunSpec[] {
  requireOptions("runsOf", options, { seed: true, data: true });
  const { seed = 0, data = base.data } = options;
  const all = new Set([...seeds, ...contests.flatMap((contest) => contest.seeds ?? [])]);
  return [...all].flatMap((each) =>
    contests.filter((contest) => (contest.seeds ?? seeds).includes(each)).flatMap(({ methods, sparsities }) =>
      sparsities.flatMap((sparsity) =>
        methods.map((entry) => ({ ...base, data, ...entry, sparsity, seed: seed + each }))
      )
    )
  );
}
