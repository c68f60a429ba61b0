import type { MetricName } from "./metrics.ts";

/** A text, or a pair of texts, and what is to be said of it. */
export interface TextExample {
  /** The text, or the first of a pair. */
  text: string;
  /** The second text of a pair. */
  pair?: string;
  /** Number of its class, or its score in a regression; not there where nobody says it. */
  label?: number;
}

/** Texts, labels and metric of a task. */
export interface TextTask {
  /** The name that papers and tables give it. */
  title: string;
  /** Names of the classes, by label; none of a regression. */
  labels: readonly string[];
  /** Metrics that judge it, the main one first. */
  metrics: readonly MetricName[];
}

/** Labelled texts of a task. */
export interface TextSet extends TextTask {
  /** The texts, in the order of the file. */
  examples: TextExample[];
  /** The file they were read from, and which part of it. */
  source: string;
}
