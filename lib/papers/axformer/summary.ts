import { type Measured, summarize } from "../../statistics/describe.ts";
import type { RealRow } from "./real.ts";
import type { Way } from "./ways.ts";
import { type RuleName, RULES } from "./rules.ts";
import type { SearchRow } from "./search_and_test.ts";

/** Results of a rule over all networks with harm in one place. */
export interface RuleSummary {
  /** The rule. */
  rule: RuleName;
  /** Networks that it searched. */
  networks: number;
  /** Networks in which the planted element itself is gone. */
  itself: number;
  /** Networks in which it is gone, or its block is. */
  inside: number;
  /** Networks whose loss is at most 1.02 times the clean one. */
  recovered: number;
  /** Passes over the validation data. */
  passes: readonly [least: number, most: number];
  /** Networks in which attention was made hard somewhere. */
  hard: number;
  /** Test accuracy gained over the harmed network, in points. */
  gain: Measured;
  /** Part of the parameters that are gone, in percent. */
  gone: Measured;
  /** Seconds of a search. */
  seconds: Measured;
}

/** Each rule over all networks with harm in one place, in the order of the rules. */
export function summaries(rows: readonly SearchRow[]): RuleSummary[] {
  return (Object.keys(RULES) as RuleName[]).flatMap((rule) => {
    const own = rows.filter((row) => row.rule === rule && row.plant !== "all");
    if (own.length === 0) return [];
    const count = (holds: (row: SearchRow) => boolean) => own.filter(holds).length;
    const passes = own.map((row) => row.passes);
    return [{
      rule,
      networks: own.length,
      itself: count(({ found }) => found === "itself"),
      inside: count(({ found }) => found !== "no"),
      recovered: count(({ loss, clean }) => loss <= 1.02 * clean),
      passes: [Math.min(...passes), Math.max(...passes)] as const,
      hard: count(({ configuration }) => configuration.removed.some((id) => id.startsWith("hard-"))),
      gain: summarize(own.map(({ accuracy, harmedAccuracy }) => 100 * (accuracy - harmedAccuracy))),
      gone: summarize(own.map(({ parameters: [before, after] }) => 100 * (1 - after / before))),
      seconds: summarize(own.map(({ seconds }) => seconds)),
    }];
  });
}

/** Results of a way on a task, over the seeds. */
export interface RealSummary {
  /** Task of GLUE. */
  task: string;
  /** The way. */
  way: Way;
  /** The task's metric. */
  metric: string;
  /** Value of the task's metric on the development set, in percent. */
  score: Measured;
  /** Score of always answering the majority, in percent. */
  majority: number;
  /** Parameters that are left, in percent. */
  parameters: Measured;
  /** Speed of the smaller encoder over that of the whole one. */
  faster: Measured;
  /** Elements that are gone, seed by seed. */
  gone: string;
  /** Seeds with which the model gives one answer almost always. */
  collapsed: string;
}

/** Each way on each task over the seeds, in the order of the rows. */
export function realSummaries(rows: readonly RealRow[]): RealSummary[] {
  const groups = Map.groupBy(rows, ({ task, way }) => `${task} ${way}`);
  return [...groups.values()].map((own) => {
    const { task, way, metric, majority } = own[0]!;
    const of = (value: (row: RealRow) => number) => summarize(own.map(value));
    return {
      task,
      way,
      metric,
      score: of(({ score }) => 100 * score),
      majority: 100 * majority,
      parameters: of(({ parameters }) => 100 * parameters),
      faster: of(({ faster }) => faster.ratio),
      gone: own.map(({ configuration }) => configuration?.removed.length ?? 0).join(", "),
      collapsed: `${own.filter(({ collapsed }) => collapsed).length} of ${own.length}`,
    };
  });
}
