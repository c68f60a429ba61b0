import type { ContestantName } from "./contestants.ts";
import type { Training } from "./planted.ts";
import type { SpeedSpec } from "./speed.ts";

/** How much work the experiment does. (An alias, not an interface: `reproduce` reads it as any preset.) */
export type AxPreset = {
  /** What it is and how long it takes. */
  about: string;
  /** Seeds of sentences, networks and harm, counted from the notebook's. */
  seeds: readonly number[];
  /** How the small encoder is trained, and how many sentences decide. */
  training: Omit<Training, "seed">;
  /** Rules that search networks with one plant. */
  rules: readonly ContestantName[];
  /** Rules that search the network with all plants. */
  togetherRules: readonly ContestantName[];
  /** What is timed. */
  speed: SpeedSpec;
  /** Runs at a time. */
  workers: number;
};

const SMALL = { examples: 12_000, epochs: 4, validation: 600 } as const;

/** The experiment by how long one wants to wait. */
export const PRESETS: Readonly<Record<"quick", AxPreset>> = {
  quick: {
    about: "planted harm in a small encoder, three seeds; two to three minutes on two cores",
    seeds: [0, 1, 2],
    training: SMALL,
    rules: ["released", "no-gate", "no-wins", "compare", "better"],
    togetherRules: ["released", "better"],
    speed: {
      layers: 2,
      hidden: 384,
      heads: 12,
      points: [{ batch: 1, length: 128 }, { batch: 8, length: 128 }],
      runs: 15,
    },
    workers: 2,
  },
};
