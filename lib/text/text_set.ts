import { TypeError } from "../errors.ts";
import { givenInWords, isRecord } from "../given.ts";
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

/**
 * Refuses what is no task with names of its classes.
 *
 * @param fields what the task is to be made of: "{ examples, labels }"
 * @throws TypeError saying what came instead, or that `labels` is missing
 */
export function requireLabelNames(action: string, task: Pick<TextTask, "labels">, fields: string): void {
  if (!isRecord(task) || task instanceof Promise) {
    throw new TypeError(
      `Cannot ${action} ${givenInWords(task)}: expected ${fields}, as await glue(…) gives them`,
    );
  }
  if (Array.isArray(task.labels)) return;
  throw new TypeError(
    `Cannot ${action} texts with labels ${
      givenInWords(task.labels)
    }: expected a list of the classes' names, or [] ` +
      `where a text has a score`,
  );
}
