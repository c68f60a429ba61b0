import { pairedBy } from "../../statistics/pairs.ts";
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

const of = (rows: readonly RealRow[], way: Way): RealRow[] => rows.filter((row) => row.way === way);

const seedOf = ({ seed }: RealRow): number => seed;

/** Abstract: networks become more accurate. */
function keepsAccuracy(rows: readonly RealRow[]): Verdict {
  return verdict({
    claim: `Paper: on ${titleOf(rows)} the released search makes the encoder more accurate on unseen texts`,
    effect: pairedBy(of(rows, "released"), of(rows, "plain"), seedOf).map(([released, plain]) =>
      100 * (released.score - plain.score)
    ),
    direction: "more than",
    unit: "points",
  });
}

/**
 * Rivals keep as many parameters; with each seed the best of them counts, and no seed with which a rival is
 * missing: the best of the others may be worse.
 */
function beatsRivals(rows: readonly RealRow[]): Verdict {
  const rivals = BUDGETED.filter((way) => way !== "least-loss").map((way) => of(rows, way))
    .filter(({ length }) => length > 0);
  const contests = [...Map.groupBy(rivals.flat(), seedOf).values()].filter(({ length }) =>
    length === rivals.length
  );
  const best = contests.map((own) => own.toSorted((a, b) => b.score - a.score)[0]!);
  return verdict({
    claim: `Ours: on ${titleOf(rows)}, at ${
      100 * rows[0]!.keep
    } % of the parameters, AxFormer is more accurate than the best of its rivals`,
    effect: pairedBy(of(rows, "least-loss"), best, seedOf).map(([own, rival]) =>
      100 * (own.score - rival.score)
    ),
    direction: "more than",
    unit: "points",
  });
}

/** Times by the clock, on texts of the task. */
function isFaster(rows: readonly RealRow[]): Verdict {
  return verdict({
    claim: `Ours: on ${titleOf(rows)} that encoder is faster`,
    effect: of(rows, "least-loss").map(({ faster }) => faster.ratio),
    threshold: 1,
    direction: "more than",
    unit: "times",
  });
}

/** Claims on a task, with the way that each is about. */
const CLAIMS: readonly { on: Way; judge: (rows: readonly RealRow[]) => Verdict }[] = [
  { on: "released", judge: keepsAccuracy },
  { on: "least-loss", judge: beatsRivals },
  { on: "least-loss", judge: isFaster },
];
