import type { GlueName } from "../../text/mod.ts";
import type { RealSpec, TunedSpec } from "./real.ts";
import type { RuleName } from "./rules.ts";
import type { Training } from "./planted.ts";
import type { SpeedSpec } from "./speed.ts";
import { BUDGETED, type Way, WAYS } from "./ways.ts";
import type { WordsSpec } from "./words.ts";

/** How much work the experiment does. (An alias, not an interface: `reproduce` reads it as any preset.) */
export type AxPreset = {
  /** Description of the preset, and how long it takes. */
  about: string;
  /** Seeds of sentences, networks and harm, counted from the notebook's. */
  seeds: readonly number[];
  /** How the small encoder is trained, and how many sentences decide. */
  training: Omit<Training, "seed">;
  /** Rules that search networks with one plant. */
  rules: readonly RuleName[];
  /** Rules that search the network with all plants. */
  togetherRules: readonly RuleName[];
  /** Settings of the timing. */
  speed: SpeedSpec;
  /** The encoder of words that is trained on SST-2, where that is there. */
  words: Omit<WordsSpec, "seed">;
  /** Experiments with real encoders. */
  real: readonly RealPreset[];
  /** Runs at a time. */
  workers: number;
};

/** Work on a real, pretrained encoder. */
export type RealPreset = Omit<TunedSpec, "task" | "seed"> & Pick<RealSpec, "keep" | "searchBatch"> & {
  /** Tasks of GLUE. */
  tasks: readonly GlueName[];
  /** Seeds, counted from the notebook's. */
  seeds: readonly number[];
  /** Ways in which the fine-tuned encoder is treated. */
  ways: readonly Way[];
};

const SMALL = { examples: 12_000, epochs: 4, validation: 600 } as const;

const QUICK: AxPreset = {
  about: "planted harm in a small encoder, five seeds; about three minutes on two cores",
  // Networks of one seed are one sample: three leave open what the released search gains and the gate costs.
  seeds: [0, 1, 2, 3, 4],
  training: SMALL,
  rules: ["released", "no-gate", "compare", "better"],
  togetherRules: ["released", "better"],
  speed: {
    layers: 2,
    hidden: 384,
    heads: 12,
    points: [{ batch: 1, length: 128 }, { batch: 8, length: 128 }],
    runs: 15,
  },
  words: { train: 10_000, validation: 600, epochs: 2, vocabulary: 8000, rules: ["released", "better"] },
  real: [],
  workers: 2,
};

const MINILM: Omit<RealPreset, "tasks" | "ways"> = {
  encoder: "all-minilm-l6-v2",
  seeds: [0, 1, 2],
  train: 3200,
  validation: 300,
  epochs: 1,
  rate: 1e-4,
  pooling: "mean",
  keep: 0.85,
};

const SST2: Omit<RealPreset, "ways"> = { ...MINILM, tasks: ["sst2"] };

/**
 * After one epoch on 3,200 sentences MiniLM still calls all of them acceptable. CoLA has 7,250 to learn from
 * and to decide on, RTE 2,127: where fewer are left than are asked for, all are taken.
 */
const COLA: Omit<RealPreset, "ways"> = { ...MINILM, tasks: ["cola"], train: 8000, epochs: 3 };

/** Pairs take longer to learn, too, and are four times as long as phrases: half as many decide. */
const PAIRS: Omit<RealPreset, "ways"> = { ...MINILM, tasks: ["mrpc", "rte"], epochs: 3, validation: 150 };

/**
 * The authors' settings. What is `plain` here, and what searches begin with, learned from their `train`
 * alone; the network that they call conventional learned from their `val` too.
 */
const AUTHORS: Omit<RealPreset, "tasks" | "train" | "validation"> = {
  encoder: "bert-base-cased",
  seeds: [0],
  authorsSplit: true,
  epochs: 3,
  rate: 2e-5,
  pooling: "first",
  ways: ["plain", "released", "compare"],
  keep: 0.85,
  searchBatch: 128,
};

/** Ways that are held to a size, beside the encoder as it is. */
const AT_EQUAL_SIZE: readonly Way[] = ["plain", ...BUDGETED];

const EVERY_WAY = Object.keys(WAYS) as Way[];

/** The experiment by how long one wants to wait. */
export const PRESETS: Readonly<Record<"quick" | "laptop" | "study" | "paper", AxPreset>> = {
  quick: QUICK,
  laptop: {
    ...QUICK,
    about:
      "and MiniLM, fine-tuned on SST-2, CoLA, MRPC and RTE with three seeds, against its rivals; an evening on two cores",
    rules: ["released", "no-gate", "no-wins", "compare", "better"],
    real: [
      { ...SST2, ways: EVERY_WAY },
      { ...COLA, ways: AT_EQUAL_SIZE },
      { ...PAIRS, ways: AT_EQUAL_SIZE },
    ],
    workers: 1,
  },
  study: {
    ...QUICK,
    about: "laptop with every rule and every way on every task; a night on two cores",
    rules: [...QUICK.rules, "no-wins", "no-hard", "bottom-up", "restore"],
    real: [SST2, COLA, PAIRS].map((own) => ({ ...own, ways: EVERY_WAY })),
    workers: 1,
  },
  paper: {
    ...QUICK,
    about:
      "BERT-Base, which you bring as bert-base-cased/, on the authors' splits of CoLA, RTE and WNLI; days on two cores",
    real: [
      { ...AUTHORS, tasks: ["cola"], train: 7250, validation: 1301 },
      { ...AUTHORS, tasks: ["rte"], train: 2127, validation: 363 },
      { ...AUTHORS, tasks: ["wnli"], train: 518, validation: 117 },
    ],
    workers: 1,
  },
};
