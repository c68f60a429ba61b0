import { withoutUndefined } from "../../options.ts";
import { mean, type Measured, summarize } from "../../statistics/describe.ts";
import { meanInterval, wilsonInterval } from "../../statistics/intervals.ts";
import type { AllocationRow } from "./allocation.ts";
import { answerLength } from "./lengths/answer_length.ts";
import type { AskedRow } from "./asked.ts";
import { accuracyOf, type CollapsePoint } from "./examined.ts";
import { QUESTION_NAMES, RULE_NAMES } from "./figures.ts";
import { QUESTIONS } from "./language.ts";
import type { PerplexityRow } from "./perplexity.ts";
import { EARLIER } from "./published.ts";
import type { ServedRow } from "./served.ts";
import { amountOf, labelOf, METHOD_NAMES } from "./setting.ts";

/** A line of a table. */
export type Line = Record<string, string | number | Measured | undefined>;

/** Accuracies of each setting on each question, in percent, means over networks; after each text. */
export function accuracies(rows: readonly AskedRow[]): Line[] {
  const groups = Map.groupBy(rows, ({ hidden, setting, text }) => JSON.stringify([hidden, setting, text]));
  const widths = new Set(rows.map(({ hidden }) => hidden));
  const texts = new Set(rows.map(({ text }) => text));
  return [...groups.values()].map((own) =>
    withoutUndefined({
      width: widths.size > 1 ? own[0]!.hidden : undefined,
      method: METHOD_NAMES[own[0]!.setting.method],
      amount: amountOf(own[0]!.setting),
      "calibrated on": texts.size > 1 ? own[0]!.text : undefined,
      "bits a weight": mean(own.map(({ bits }) => bits)),
      ...Object.fromEntries(QUESTIONS.map((question) => {
        const values = own.filter((row) => row.question === question).map(accuracyOf);
        return [QUESTION_NAMES[question], values.length === 1 ? values[0] : summarize(values)];
      })),
    })
  );
}

/** Accuracy with Wilson's interval, and how answers ended, of each question at one setting. */
export function endings(rows: readonly AskedRow[]): Line[] {
  return rows.map(({ question, setting, right, tokens, endings }) => {
    const hits = right.reduce((sum, one) => sum + one, 0);
    const { low, high } = wilsonInterval(hits, right.length);
    const share = (ending: AskedRow["endings"][number]) =>
      100 * mean(endings.map((own) => Number(own === ending)));
    return {
      setting: labelOf(setting),
      question: QUESTION_NAMES[question],
      "right (%)": accuracyOf({ right }),
      "95 % interval": `${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)}`,
      "tokens of a right answer": answerLength(question),
      "tokens": mean(tokens),
      "tokens for each right answer": hits > 0
        ? tokens.reduce((sum, count) => sum + count, 0) / hits
        : undefined,
      "closed (%)": share("closed"),
      "loops (%)": share("loop"),
      "cut off (%)": share("length"),
    };
  });
}

/** Collapse points, a line for each question of a network, a column for each method. */
export function collapseTable(points: readonly CollapsePoint[]): Line[] {
  const groups = Map.groupBy(points, ({ question, hidden, seed }) => `${question} ${hidden} ${seed}`);
  const several = new Set(points.map(({ hidden, seed }) => `${hidden} ${seed}`)).size > 1;
  return [...groups.values()].map((own) =>
    withoutUndefined({
      question: QUESTION_NAMES[own[0]!.question],
      width: several ? own[0]!.hidden : undefined,
      seed: several ? own[0]!.seed : undefined,
      ...Object.fromEntries(own.map(({ method, at, interval: { low, high }, never }) => [
        `${METHOD_NAMES[method]} (bits)`,
        never
          ? `below ${at.toFixed(1)}`
          : `${at.toFixed(1)}, ${Math.max(low, 0).toFixed(1)} to ${high.toFixed(1)}`,
      ])),
    })
  );
}

/** Perplexities, beside what an earlier program found. */
export function perplexities(rows: readonly PerplexityRow[]): Line[] {
  const earlier = new Map(EARLIER.rows.map(({ setting, perplexity }) => [setting, perplexity]));
  return rows.map(({ subject, setting, bits, losses }) => ({
    method: METHOD_NAMES[setting.method],
    amount: amountOf(setting),
    "bits a weight": bits,
    perplexity: Math.exp(mean(losses)),
    "an earlier program": subject === "stories260K" ? earlier.get(labelOf(setting)) : undefined,
  }));
}

/** Perplexities by rule of allocation. */
export function allocationTable(rows: readonly AllocationRow[]): Line[] {
  const groups = Map.groupBy(rows, ({ rule, budget, method }) => `${budget} ${method} ${rule}`);
  return [...groups.values()].map((own) => ({
    "bits in the mean": own[0]!.budget,
    spent: mean(own.map(({ bits }) => bits)),
    rounded: METHOD_NAMES[own[0]!.method],
    "bits given": RULE_NAMES[own[0]!.rule],
    perplexity: own.length > 1
      ? summarize(own.map(({ losses }) => Math.exp(mean(losses))))
      : Math.exp(mean(own[0]!.losses)),
  }));
}

/**
 * Served models by benchmark: accuracy by both policies for thinking that was not ended, the paired
 * difference from the dense model, how answers ended, and tokens for each right answer.
 */
export function servedTable(rows: readonly ServedRow[]): Line[] {
  return rows.filter(({ unclosed }) => unclosed === "count_last_answer").map((row) => {
    const { model, method, benchmark, right, interval: [low, high], runs, tokens } = row;
    const same = (other: ServedRow) => other.benchmark === benchmark;
    const strict = rows.find((other) =>
      same(other) && other.model === model && other.method === method && other.unclosed === "fail"
    );
    const dense = rows.find((other) =>
      same(other) && other.method === "dense" && other.unclosed === row.unclosed
    );
    const differences = dense && method !== "dense"
      ? right.map((share, i) => 100 * (share - dense.right[i]!))
      : undefined;
    const between = differences && meanInterval(differences);
    const percent = (share: number) => (100 * share).toFixed(0);
    return {
      model,
      method,
      benchmark,
      questions: right.length,
      runs,
      "right (%)": 100 * mean(right),
      "95 % interval": `${percent(low)} to ${percent(high)}`,
      "right where thinking ended (%)": strict && 100 * mean(strict.right),
      "points from dense": differences && mean(differences),
      "their 95 % interval": between && `${between.low.toFixed(0)} to ${between.high.toFixed(0)}`,
      "ended thinking (%)": 100 * row.closed,
      "skipped it (%)": 100 * row.skipped,
      "loops (%)": 100 * row.looped,
      tokens,
      "tokens for each right answer": mean(right) > 0 ? tokens / mean(right) : undefined,
      "shortest, middle, longest (%)": row.byLength.map(percent).join(", "),
    };
  });
}
