import { requireWords } from "../options.ts";
import type { TextTask } from "./text_set.ts";

/** How rows of a file without a header are laid out: columns by number, from 0. */
export interface RowLayout {
  /** How many columns a row may have. */
  columns: readonly number[];
  /** The columns of the texts. */
  texts: readonly number[];
  /** The column of the label; not there where the file has none. */
  label?: number | undefined;
}

/** A task of GLUE, and what its files look like. */
export interface GlueTask extends TextTask {
  /** The task's folder in GLUE's archive. */
  folder: string;
  /** Names of the texts in the header. */
  texts: readonly string[];
  /** Name of the label in the header. */
  label: string;
  /** Rows of files without a header. */
  layouts: readonly RowLayout[];
}

/** The names by which the tasks are asked for. */
export type GlueName = "cola" | "sst2" | "mrpc" | "stsb" | "qqp" | "mnli" | "qnli" | "rte" | "wnli";

const ENTAILMENT = ["entailment", "not_entailment"];

/** A pair with its label last, or without one. */
const PAIR: readonly RowLayout[] = [
  { columns: [4], texts: [1, 2], label: 3 },
  { columns: [3], texts: [1, 2] },
];

/**
 * The nine tasks of GLUE: A. Wang and others, "GLUE: A Multi-Task Benchmark and Analysis Platform for Natural
 * Language Understanding", ICLR 2019. Labels are numbered as Hugging Face numbers them.
 */
export const GLUE: Readonly<Record<GlueName, GlueTask>> = {
  cola: {
    title: "CoLA",
    folder: "CoLA",
    labels: ["0", "1"],
    metrics: ["matthews", "accuracy"],
    texts: ["sentence"],
    label: "label",
    layouts: [{ columns: [4], texts: [3], label: 1 }, { columns: [2], texts: [1] }],
  },
  sst2: {
    title: "SST-2",
    folder: "SST-2",
    labels: ["0", "1"],
    metrics: ["accuracy"],
    texts: ["sentence"],
    label: "label",
    layouts: [{ columns: [2], texts: [0], label: 1 }],
  },
  mrpc: {
    title: "MRPC",
    folder: "MRPC",
    labels: ["0", "1"],
    metrics: ["f1", "accuracy"],
    texts: ["#1 String", "#2 String"],
    label: "Quality",
    layouts: [{ columns: [5], texts: [3, 4], label: 0 }],
  },
  stsb: {
    title: "STS-B",
    folder: "STS-B",
    labels: [],
    metrics: ["pearson", "spearman"],
    texts: ["sentence1", "sentence2"],
    label: "score",
    layouts: [
      { columns: [10], texts: [7, 8], label: 9 },
      { columns: [7, 9], texts: [5, 6], label: 4 }, // as the task was before GLUE; some rows name their sources
    ],
  },
  qqp: {
    title: "QQP",
    folder: "QQP",
    labels: ["0", "1"],
    metrics: ["f1", "accuracy"],
    texts: ["question1", "question2"],
    label: "is_duplicate",
    layouts: [{ columns: [6], texts: [3, 4], label: 5 }, { columns: [3], texts: [1, 2] }],
  },
  mnli: {
    title: "MNLI",
    folder: "MNLI",
    labels: ["entailment", "neutral", "contradiction"],
    metrics: ["accuracy"],
    texts: ["sentence1", "sentence2"],
    label: "gold_label",
    layouts: [
      { columns: [12], texts: [8, 9], label: 11 },
      { columns: [16], texts: [8, 9], label: 15 },
      { columns: [10], texts: [8, 9] },
    ],
  },
  qnli: {
    title: "QNLI",
    folder: "QNLI",
    labels: ENTAILMENT,
    metrics: ["accuracy"],
    texts: ["question", "sentence"],
    label: "label",
    layouts: PAIR,
  },
  rte: {
    title: "RTE",
    folder: "RTE",
    labels: ENTAILMENT,
    metrics: ["accuracy"],
    texts: ["sentence1", "sentence2"],
    label: "label",
    layouts: PAIR,
  },
  wnli: {
    title: "WNLI",
    folder: "WNLI",
    labels: ["0", "1"],
    metrics: ["accuracy"],
    texts: ["sentence1", "sentence2"],
    label: "label",
    layouts: PAIR,
  },
};

/**
 * What is known of a task.
 *
 * @throws {RangeError} where there is none of that name
 */
export function glueTask(task: GlueName): GlueTask {
  requireWords("read GLUE", { task }, { task: GLUE });
  return GLUE[task];
}
