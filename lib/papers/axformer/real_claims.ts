import { type Verdict, verdict } from "../../statistics/verdict.ts";
import { GLUE } from "../../text/glue_tasks.ts";
import type { RealRow } from "./real.ts";
import { BUDGETED, type Way } from "./ways.ts";

/** Verdicts on pretrained encoders, for each task, of the ways that were run on it. */
export function realClaims(rows: readonly RealRow[]): Verdict[] {
  return [...Map.groupBy(rows, ({ task }) => task).values()].flatMap((own) =>
    CLAIMS.filter(({ on }) => own.some(({ way }) => way === on)).map(({ judge }) => judge(own))
  );
}

/** The task that rows are of, as GLUE calls it. */
const titleOf = (rows: readonly RealRow[]): string => GLUE[rows[0]!.task].title;

/** Rows of a way, by their seeds. */
const bySeed = (rows: readonly RealRow[], way: Way): Map<number, RealRow> =>
  new Map(rows.filter((row) => row.way === way).map((row) => [row.seed, row]));

/** Abstract: networks become more accurate. */
function keepsAccuracy(rows: readonly RealRow[]): Verdict {
  const plain = bySeed(rows, "plain");
  return verdict({
    claim: `Paper: on ${titleOf(rows)} the released search makes the encoder more accurate on unseen texts`,
    effect: [...bySeed(rows, "released")].map(([seed, { score }]) => 100 * (score - plain.get(seed)!.score)),
    unit: "points",
  });
}

/** Rivals keep as many parameters; with each seed the best of them counts. */
function beatsRivals(rows: readonly RealRow[]): Verdict {
  const rivals = BUDGETED.filter((way) => way !== "least-loss").map((way) => bySeed(rows, way));
  const best = (seed: number) => Math.max(...rivals.map((own) => own.get(seed)?.score ?? -Infinity));
  return verdict({
    claim: `Ours: on ${titleOf(rows)}, at ${
      100 * rows[0]!.keep
    } % of the parameters, AxFormer is more accurate than the best of its rivals`,
    effect: [...bySeed(rows, "least-loss")].map(([seed, { score }]) => 100 * (score - best(seed))),
    unit: "points",
  });
}

/** Times by the clock, on texts of the task. */
function isFaster(rows: readonly RealRow[]): Verdict {
  return verdict({
    claim: `Ours: on ${titleOf(rows)} that encoder is faster`,
    effect: [...bySeed(rows, "least-loss").values()].map(({ faster }) => faster.ratio),
    threshold: 1,
    unit: "times",
  });
}

/** Claims on a task, with the way that each is about. */
const CLAIMS: readonly { on: Way; judge: (rows: readonly RealRow[]) => Verdict }[] = [
  { on: "released", judge: keepsAccuracy },
  { on: "least-loss", judge: beatsRivals },
  { on: "least-loss", judge: isFaster },
];
