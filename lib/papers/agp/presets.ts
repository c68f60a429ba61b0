import type { Change } from "./changes.ts";
import type { ChatPreset } from "./chats/plan.ts";
import type { StageOneSpec } from "./stage_one.ts";

/** How much work the experiment does. (An alias, not an interface: `reproduce` reads it as any preset.) */
export type AgpPreset = {
  /** Description of the preset, and how long it takes. */
  about: string;
  /** Beyond the notebook's seed. Paired: networks of one seed share questions, weights and batches. */
  seeds: readonly number[];
  /**
   * Further seeds, beyond the notebook's too, for what the paper claims alone: first stages, and the directed
   * network on them.
   */
  moreSeeds: readonly number[];
  /** Questions of each type that the first stage looks for teams for. */
  perType: number;
  /** First stages; the last one of each strategy gives the labels of the second stage. */
  collections: readonly Pick<StageOneSpec, "graphs" | "repeats" | "strategy">[];
  /**
   * Orders of the pool that networks are trained with beside its own: the saboteur first, and all reversed.
   */
  orders: readonly (readonly number[])[];
  /** Changes of the world. */
  changes: readonly Change[];
  /** Teams of nine agents, and questions that each is simulated on. */
  nine: { readonly sampled: number; readonly questions: number };
  /** Accuracy that the cheapest team may lose, how sure that must be, and questions to be sure by. */
  price: { readonly margin: number; readonly confidence: number; readonly questions: number };
  /** Questions to a language model, and which model it is. */
  chats: ChatPreset;
};

const each = (what: Change["what"], amounts: readonly number[]) =>
  amounts.map((amount) => ({ what, amount }));

/** Amounts that a figure can show: nothing first. */
const CHANGES: readonly Change[] = [
  ...each("shared errors", [0, 0.5, 1]),
  ...each("timeouts", [0, 0.05, 0.1, 0.2]),
  ...each("drift", [0, 0.1, 0.2, 0.4]),
  ...each("rounds", [1, 2]),
];

const ORDERS: readonly (readonly number[])[] = [[4, 0, 1, 2, 3], [4, 3, 2, 1, 0]];

/** Nothing is learned from what small models say. */
const FIXED_ONLY = { train: 0, candidates: 0, repeats: 0 };

const LAPTOP: AgpPreset = {
  about: "ten seeds, all sizes of the first stage, a small model on this machine; from half an hour on",
  seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9],
  moreSeeds: [],
  perType: 40,
  collections: [
    { strategy: "success", graphs: 0, repeats: 1 },
    ...[20, 200, 2000].flatMap((graphs) =>
      [1, 4, 64, 16].map((repeats) => ({ strategy: "paper" as const, graphs, repeats }))
    ),
    ...[64, 16].map((repeats) => ({ strategy: "halving" as const, graphs: 2000, repeats })),
  ],
  orders: ORDERS,
  changes: CHANGES,
  nine: { sampled: 4000, questions: 4000 },
  price: { margin: 0.01, confidence: 0.95, questions: 20_000 },
  chats: { answers: "local", benchmarks: ["gsm8k"], ...FIXED_ONLY, questions: 8, maxTokens: 256 },
};

/** How much the experiment can do. */
export const PRESETS: Readonly<Record<"quick" | "laptop" | "paper", AgpPreset>> = {
  quick: {
    about: "the simulator, both stages and the controls with three seeds, two minutes on two processor cores",
    seeds: [1, 2],
    moreSeeds: [3, 4, 5, 6, 7],
    perType: 40,
    collections: [
      { strategy: "success", graphs: 0, repeats: 1 },
      { strategy: "paper", graphs: 200, repeats: 1 },
      { strategy: "paper", graphs: 2000, repeats: 1 },
      { strategy: "paper", graphs: 200, repeats: 16 },
      { strategy: "paper", graphs: 2000, repeats: 16 },
      { strategy: "halving", graphs: 2000, repeats: 16 },
    ],
    orders: ORDERS,
    changes: CHANGES,
    nine: { sampled: 400, questions: 1000 },
    price: { margin: 0.02, confidence: 0.95, questions: 2000 },
    chats: { answers: "smallest", benchmarks: ["made"], ...FIXED_ONLY, questions: 1, maxTokens: 160 },
  },
  laptop: LAPTOP,
  paper: {
    ...LAPTOP,
    about:
      "laptop, and six benchmarks on a server that is named; says first what that costs, and waits for a yes",
    chats: {
      answers: "endpoint",
      benchmarks: ["mmlu", "gsm8k", "multiarith", "svamp", "aqua", "humaneval"],
      questions: 160,
      train: 24,
      candidates: 8,
      repeats: 3,
      maxTokens: 1024,
    },
  },
};
