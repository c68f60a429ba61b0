import { RangeError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import type { BenchmarkName } from "../questions/question.ts";
import { mean } from "../statistics/describe.ts";
import { bootstrapInterval, type Interval } from "../statistics/intervals.ts";
import { mcNemarTest, signFlipTest } from "../statistics/tests.ts";
import { type GradedRecord, requireUnclosed, type Unclosed } from "./grade_records.ts";
import { accuracyByItem } from "./summarize_grades.ts";

/** One model against another on the questions that both answered. */
export interface ComparedModels {
  /** Name of the model. */
  model: string;
  /** How it was compressed. */
  method: string;
  /** The benchmark. */
  dataset: BenchmarkName;
  /** Questions that both answered. */
  items: number;
  /** Accuracy of the model less that of the other: the mean over items. */
  difference: number;
  /** Where that lies of which these items are a sample: a 95 % bootstrap interval of paired differences. */
  interval: Interval;
  /** How probable a difference as large is by chance alone. */
  p: number;
  /** The test: McNemar's exact one for single answers, a sign-flip permutation for means over runs. */
  test: "mcnemar" | "sign-flip";
}

/** Settings of {@linkcode compareModels}. */
export interface CompareModelsOptions {
  /** Method of the model that the others are held against, of the same name. Default `"dense"`. */
  baseline?: string | undefined;
  /** What counts where thinking was not ended. Default `"count_last_answer"`. */
  unclosed?: Unclosed | undefined;
  /** Seed of the resamples and flips. Default 0. */
  seed?: number | undefined;
}

/**
 * Every model, method and data set against the same model's baseline, question by question.
 *
 * @throws {RangeError} where a model has no baseline on a data set, or no question was answered by both;
 * where `unclosed` is none of its words
 */
export function compareModels(
  graded: readonly GradedRecord[],
  options: CompareModelsOptions = {},
): ComparedModels[] {
  requireOptions("compareModels", options, { baseline: true, unclosed: true, seed: true });
  const { baseline = "dense", unclosed = "count_last_answer", seed = 0 } = options;
  requireUnclosed("compare models", unclosed);
  const keyOf = (model: string, method: string, dataset: string) => JSON.stringify([model, method, dataset]);
  const groups = Map.groupBy(
    graded,
    ({ record: { model, method, dataset } }) => keyOf(model, method, dataset),
  );
  return [...groups.values()].filter((rows) => rows[0]!.record.method !== baseline).map((rows) => {
    const { model, method, dataset } = rows[0]!.record;
    const others = groups.get(keyOf(model, baseline, dataset)) ?? [];
    const [own, other] = [accuracyByItem(rows, unclosed), accuracyByItem(others, unclosed)];
    const items = [...own.keys()].filter((item) => other.has(item));
    if (items.length === 0) {
      throw new RangeError(
        `Cannot compare ${model}, ${method}, on ${dataset}: expected answers of ${model}, ${baseline}, to the ` +
          `same questions, found ${other.size}; ask it, or name another baseline`,
      );
    }
    const differences = items.map((item) => own.get(item)! - other.get(item)!);
    const isSingle = differences.every((value) => Number.isInteger(value));
    const count = (value: number) => differences.filter((one) => one === value).length;
    return {
      model,
      method,
      dataset,
      items: items.length,
      difference: mean(differences),
      interval: bootstrapInterval(differences, mean, { seed }),
      p: isSingle ? mcNemarTest(count(1), count(-1)).p : signFlipTest(differences, { seed }).p,
      test: isSingle ? "mcnemar" : "sign-flip",
    };
  });
}
