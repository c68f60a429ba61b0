import { withoutUndefined } from "../../options.ts";

/**
 * Numbers that others published, as data with their source. They are shown beside what is measured here, and
 * never in the same column.
 *
 * The paper's text could not be had: its cells stand here as public notes and reviews quote them. A cell that
 * nobody quotes is absent, and drawn nowhere.
 */

/**
 * How far a number is to be trusted: `abstract`, in the paper's own words; `quoted`, by several notes or
 * reviews whose averages add up; `weak`, by one source alone; `counted`, computed from files that the authors
 * released; `measured`, by an earlier program of this protocol.
 */
export type Trust = "abstract" | "quoted" | "weak" | "counted" | "measured";

/** Numbers, and where they come from. */
export interface Sourced<T> {
  /** Publication, and its table or page. */
  source: string;
  /** How far they are to be trusted, where a row does not say otherwise. */
  trust: Trust;
  /** The numbers. */
  rows: readonly T[];
}

/** A cell's own trust, where it is not that of its table. */
interface Trusted {
  /** How far the row is to be trusted. Default: as its table. */
  trust?: Trust;
}

/** A row of the main table: accuracies in percent. */
export interface MainRow extends Trusted {
  /** Model. */
  model: string;
  /** Way of compressing, with its setting. */
  method: string;
  /** AIME 2024, 30 problems. */
  aime?: number;
  /** FOLIO, 203 conclusions. */
  folio?: number;
  /** Temporal Sequences, 250 items. */
  temporal?: number;
  /** Mean of the three. */
  average?: number;
  /** MuSiQue, closed book: exact matches. */
  musique?: number;
  /** MuSiQue: F1. */
  f1?: number;
  /** Passes whose mean it is. */
  passes: 1 | 3;
}

const R1 = "DeepSeek-R1";
const [L70, Q32, L8, Q7] = ["Llama-70B", "Qwen-32B", "Llama-8B", "Qwen-7B"].map((name) =>
  `R1-Distill-${name}`
);

type Cells = Partial<Omit<MainRow, "model" | "method" | "passes">>;

const main = (model: string, method: string, cells: Cells, passes: 1 | 3 = 3): MainRow => ({
  ...{ model, method, passes },
  ...cells,
});

/** Table 1, as far as it is known. */
export const MAIN: Sourced<MainRow> = {
  source: "arXiv:2504.02010, Table 1, quoted in public notes and reviews; averages added up again",
  trust: "quoted",
  rows: [
    main(R1, "none", { aime: 73.3, folio: 76.4, temporal: 99.6, average: 83.1, musique: 17, f1: 27.51 }, 1),
    main(
      R1,
      "dynamic 2.51 bits",
      { aime: 76.7, folio: 77.8, temporal: 100, average: 84.8, musique: 17, f1: 24.43 },
      1,
    ),
    main(R1, "dynamic 1.73 bits", { average: 81.5, trust: "weak" }, 1),
    main(
      R1,
      "dynamic 1.58 bits",
      { aime: 66.7, folio: 75.4, temporal: 94, average: 78.7, musique: 14, f1: 22.34 },
      1,
    ),
    main(L70!, "none", { aime: 65.6, folio: 79.8, temporal: 99.9, average: 81.8, musique: 13.3, f1: 21.57 }),
    main(L70!, "SparseGPT 50 %", {
      aime: 23.3,
      folio: 71.6,
      temporal: 97.6,
      average: 64.2,
      musique: 6.7,
      f1: 13.49,
    }),
    main(Q32!, "none", { aime: 64.4, folio: 82.3, temporal: 99.9, average: 82.2, musique: 2.7, f1: 10.95 }),
    main(L8!, "none", { aime: 42.2, folio: 71.9, temporal: 81.5, average: 65.2, musique: 0, f1: 4.43 }),
    main(L8!, "AWQ 4 bits", { aime: 47.8, folio: 68, temporal: 84, average: 66.6, musique: 0.3 }),
    main(L8!, "ANY4 4 bits", { average: 66.1 }),
    main(L8!, "AWQ 3 bits", { aime: 10, folio: 59.6, temporal: 68.4, average: 46 }),
    main(L8!, "GPTQ 3 bits", { aime: 11.1, folio: 65, temporal: 67.3, average: 47.8, musique: 0 }),
    main(L8!, "ANY3 3 bits", { average: 29.4 }),
    main(L8!, "AWQ 3 bits, last MLP at 16", { aime: 16.7, folio: 67, temporal: 74, average: 52.57 }),
    main(Q7!, "none", { musique: 0, trust: "weak" }),
  ],
};

/**
 * Averages of 4-bit R1-Distill-Llama-70B by three of AWQ, GPTQ, GPTAQ and ANY4: which is which is not known.
 */
export const FOUR_BITS_70B: Sourced<number> = {
  source: "arXiv:2504.02010, Table 1, quoted in reviews without the methods' names",
  trust: "quoted",
  rows: [80.4, 81.2, 80.9],
};

/** Accuracy at a sparsity of SparseGPT, in percent. */
export interface SweepRow extends Trusted {
  /** Model. */
  model: string;
  /** Task. */
  task: "AIME 2024" | "FOLIO" | "MuSiQue";
  /** Part of the weights that is gone, in percent. */
  sparsity: number;
  /** Accuracy, or exact matches. */
  accuracy: number;
}

const sweep = (
  model: string,
  task: SweepRow["task"],
  cells: readonly (readonly [sparsity: number, accuracy: number])[],
  trust?: Trust,
): SweepRow[] =>
  cells.map(([sparsity, accuracy]) => withoutUndefined({ model, task, sparsity, accuracy, trust }));

/** Table 2, as far as it is known: one pass each. */
export const SWEEP: Sourced<SweepRow> = {
  source: "arXiv:2504.02010, Table 2 (SparseGPT, one pass), quoted in public notes and reviews",
  trust: "quoted",
  rows: [
    ...sweep(L70!, "AIME 2024", [[0, 63.3], [30, 63.3], [40, 56.7], [50, 26.7], [60, 0], [70, 0]]),
    ...sweep(L70!, "FOLIO", [[0, 78.8], [30, 79.3], [40, 73.9], [50, 70.9], [60, 65], [70, 49.8]]),
    // 13.0 is said of 0 and of 30 %; it stands where the main table confirms it.
    ...sweep(L70!, "MuSiQue", [[0, 13], [40, 6]]),
    ...sweep(Q32!, "AIME 2024", [[0, 66.7], [50, 30]], "weak"),
    ...sweep(Q32!, "MuSiQue", [[0, 1], [50, 3]], "weak"),
  ],
};

/** Between which sparsities R1-Distill-Llama-70B collapses, in percent. */
export interface CollapseRow {
  /** Task. */
  task: string;
  /** The last sparsity before. */
  from: number;
  /** The first one after. */
  to: number;
}

/** Collapse points as the paper tells them. */
export const COLLAPSE: Sourced<CollapseRow> = {
  source: "arXiv:2504.02010, text on Table 2, quoted; R1-Distill-Llama-70B",
  trust: "quoted",
  rows: [
    { task: "MuSiQue", from: 30, to: 40 },
    { task: "AIME 2024", from: 40, to: 50 },
    { task: "FOLIO", from: 60, to: 70 },
    { task: "Temporal Sequences", from: 60, to: 70 },
  ],
};

/** One matrix at 3 bits, the others as they are: accuracies in percent. */
export interface OneMatrixRow {
  /** Layer from 1 and matrix. */
  matrix: string;
  /** Rank by importance, in the paper's words. */
  rank: string;
  /** AIME 2024. */
  aime: number;
  /** FOLIO. */
  folio?: number;
  /** Temporal Sequences. */
  temporal?: number;
  /** Mean of the three. */
  average?: number;
}

/** Table 3: R1-Distill-Llama-8B. */
export const ONE_MATRIX: Sourced<OneMatrixRow> = {
  source: "arXiv:2504.02010, Table 3, R1-Distill-Llama-8B, quoted in reviews",
  trust: "quoted",
  rows: [
    { matrix: "none", rank: "", aime: 42.2, folio: 71.9, temporal: 81.5, average: 65.2 },
    { matrix: "32 up", rank: "first of all", aime: 20, folio: 63.1, temporal: 63.6, average: 48.9 },
    {
      matrix: "32 gate",
      rank: "second of its layer",
      aime: 33.3,
      folio: 62.1,
      temporal: 67.2,
      average: 54.2,
    },
    { matrix: "31 up", rank: "second of its kind", aime: 33.3, folio: 70, temporal: 64.4, average: 55.9 },
    { matrix: "32 v", rank: "last of its layer", aime: 43.3, folio: 68, temporal: 79.6, average: 63.6 },
    { matrix: "1 up", rank: "last of its kind", aime: 6.7 },
  ],
};

/** Accuracy by the length of answers, in percent. */
export interface LengthRow {
  /** Task. */
  task: string;
  /** The shortest 30 % of the answers. */
  shortest: number;
  /** The middle 40 %. */
  middle: number;
  /** The longest 30 %. */
  longest: number;
}

/** Answers of 4-bit AWQ R1-Distill-Llama-8B, which the authors released: one run. */
export const LENGTHS: Sourced<LengthRow> = {
  source: "counted in the released answers of AWQ R1-Distill-Llama-8B, psunlpgroup/Compression-Effects",
  trust: "counted",
  rows: [
    { task: "AIME 2024", shortest: 100, middle: 50, longest: 11.1 },
    { task: "Temporal Sequences", shortest: 85.3, middle: 87, longest: 76 },
    { task: "FOLIO", shortest: 80, middle: 66.3, longest: 58.3 },
  ],
};

/** Another study's run, with its seed and answers: accuracy in percent and mean words of an answer. */
export interface OtherRunRow {
  /** What was done to R1-Distill-Qwen-1.5B. */
  method: string;
  /** AIME, 90 problems. */
  aime: number;
  /** Words of an answer to them. */
  aimeWords: number;
  /** MATH-500. */
  math: number;
  /** Words of an answer to them; absent where it is not told. */
  mathWords?: number;
}

/** A run that is not the paper's: what to expect of a small student. */
export const OTHER_RUN: Sourced<OtherRunRow> = {
  source: "github.com/junsu0306/Quantized-Reasoning-Models, R1-Distill-Qwen-1.5B, seed 42",
  trust: "weak",
  rows: [
    { method: "none", aime: 25.56, aimeWords: 8711, math: 85 },
    { method: "AWQ 4 bits", aime: 20, aimeWords: 9913, math: 83.4, mathWords: 2959 },
    { method: "GPTQ 4 bits", aime: 18.89, aimeWords: 8309, math: 83, mathWords: 2976 },
    { method: "AWQ 3 bits", aime: 6.67, aimeWords: 17312, math: 52.6, mathWords: 11327 },
    { method: "GPTQ 3 bits", aime: 10, aimeWords: 9183, math: 71.4, mathWords: 2935 },
  ],
};

/** Perplexity of stories260K on the first 128 evaluation texts, after an earlier program in float64. */
export interface EarlierRow {
  /** Method and how far it went, as labels write them. */
  setting: string;
  /** e to the mean loss. */
  perplexity: number;
}

const table = (methods: readonly string[], lines: string): EarlierRow[] =>
  lines.split(";").flatMap((line) => {
    const [amount, ...cells] = line.split("|").map((part) => part.trim());
    return cells.map((cell, i) => ({ setting: `${methods[i]} ${amount}`, perplexity: Number(cell) }));
  });

/** What an earlier, independent program found by this protocol; dense: 3.372. */
export const EARLIER: Sourced<EarlierRow> = {
  source: "an earlier program of this protocol, in float64; thresholds as in the reference implementations",
  trust: "measured",
  rows: [
    { setting: "dense", perplexity: 3.372 },
    ...table(
      ["magnitude", "Wanda", "SparseGPT"],
      "10 %|3.399|3.391|3.388; 20 %|3.612|3.518|3.514; 30 %|4.54|4.084|4.084; 40 %|9.627|6.289|6.164; " +
        "50 %|32.15|16.99|13.56; 60 %|73.98|47.94|34.17; 70 %|288.3|123.1|108.9; 80 %|826.2|1284|273.7; " +
        "2:4|98.5|60.4|25.93",
    ),
    ...table(
      ["nearest", "GPTQ"],
      "8 bits|3.373|3.372; 4 bits|3.803|3.655; 3 bits|8.871|5.615; 2 bits|415.7|260.2",
    ),
    { setting: "SparseGPT 50 % and 4 bits", perplexity: 14.71 },
    ...[5.147, 5.158, 5.201, 5.111, 5.143].map((perplexity, layer) => ({
      setting: `GPTQ 3 bits, MLP ${layer + 1} kept`,
      perplexity,
    })),
  ],
};

/** Perplexity at equal bits, evaluation texts 129 to 192: what an earlier program found. */
export const EARLIER_ALLOCATION: Sourced<
  { bits: number; uniform?: number; raw: number; calibrated: number }
> = {
  source: "an earlier program of this protocol; matrices rounded to the nearest, 2 to 8 bits each",
  trust: "measured",
  rows: [
    { bits: 3, uniform: 8.42, raw: 20.5, calibrated: 7.32 },
    { bits: 3.5, raw: 9.35, calibrated: 4.48 },
    { bits: 4, uniform: 3.75, raw: 4.26, calibrated: 3.7 },
  ],
};

/** Perplexity of SmolLM2-135M-Instruct (from 4-bit codes) on 8 windows of 512 tokens of WikiText-2. */
export const EARLIER_SMOLLM2: Sourced<EarlierRow & { windows?: number }> = {
  source: "an earlier program; 210 matrices at 50 %, calibrated on windows of 512 tokens",
  trust: "measured",
  rows: [
    { setting: "dense", perplexity: 26.06 },
    { setting: "magnitude 50 %", perplexity: 386.8 },
    { setting: "Wanda 50 %", windows: 4, perplexity: 49.35 },
    { setting: "SparseGPT 50 %", windows: 4, perplexity: 54.65 },
    { setting: "SparseGPT 50 %", windows: 8, perplexity: 45.65 },
  ],
};
