import type { StageOneSpec } from "./stage_one.ts";

/** How much work the experiment does. (An alias, not an interface: `reproduce` reads it as any preset.) */
export type AgpPreset = {
  /** What it is and how long it takes. */
  about: string;
  /** Beyond the notebook's seed. Paired: networks of one seed share questions, weights and batches. */
  seeds: readonly number[];
  /** Questions of each type that the first stage looks for teams for. */
  perType: number;
  /** First stages; the last one of each strategy gives the labels of the second stage. */
  collections: readonly Pick<StageOneSpec, "graphs" | "repeats" | "strategy">[];
  /** Orders of the pool that networks are trained with beside its own: the saboteur first, and all reversed. */
  orders: readonly (readonly number[])[];
};

/** How much the experiment can do. */
export const PRESETS = {
  quick: {
    about: "the simulator, both stages and the controls with three seeds, two minutes on two processor cores",
    seeds: [1, 2],
    perType: 40,
    collections: [
      { strategy: "success", graphs: 0, repeats: 1 },
      { strategy: "paper", graphs: 200, repeats: 1 },
      { strategy: "paper", graphs: 2000, repeats: 1 },
      { strategy: "paper", graphs: 200, repeats: 16 },
      { strategy: "paper", graphs: 2000, repeats: 16 },
      { strategy: "halving", graphs: 2000, repeats: 16 },
    ],
    orders: [[4, 0, 1, 2, 3], [4, 3, 2, 1, 0]],
  },
} as const satisfies Record<string, AgpPreset>;
