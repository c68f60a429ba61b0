import { cacheFolder } from "../data/folders.ts";
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
  structureSteps: 700,
  steps: 1000,
  rate: 2e-3,
  batchSize: 8,
  patch: 16,
} as const;

const MAIN: readonly Entry[] = [{ method: "iss-p", alpha: 0.99 }, { method: "one-shot" }];

/**
 * `quick` takes some five minutes on two quiet processors, `laptop` an hour or two, `paper` is what the release trains.
 */
export const PRESETS = {
  quick: {
    base: SMALL,
    seeds: [0, 1, 2],
    contests: [
      { methods: [...MAIN, { method: "l1-at-init" }], sparsities: [0.9, 0.95, 0.99] },
      { methods: [{ method: "iss-p" }, { method: "iht" }], sparsities: [0.9] },
      { methods: [{ method: "dense" }], sparsities: [0] },
    ],
    latencyRuns: 10,
    resumes: false,
  },
  laptop: {
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
          {
            method: "iss-r",
          },
          { method: "srp" },
          { method: "assl" },
          { method: "iss-p-nm", alpha: 0.99 },
        ],
        sparsities: [0.9, 0.95, 0.99],
      },
      {
        methods: [0.5, 0.95, 0.98, 0.995, 0.998].map((alpha) => ({ method: "iss-p" as const, alpha })),
        sparsities: [0.9],
      },
      { methods: [{ method: "dense" }], sparsities: [0] },
    ],
    latencyRuns: 30,
    resumes: false,
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

/** Where notebooks keep their rows, so that a run that was stopped goes on, and presets share what they have in common. */
export async function resultsFile(): Promise<string> {
  const folder = `${cacheFolder()}/superres`;
  await Deno.mkdir(folder, { recursive: true });
  return `${folder}/rows-${ROWS}.jsonl`;
}
