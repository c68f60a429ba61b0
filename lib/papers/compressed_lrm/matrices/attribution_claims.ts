import { mean } from "../../../statistics/describe.ts";
import { type Verdict, verdict } from "../../../statistics/verdict.ts";
import type { AskedRow } from "../asked.ts";
import type { AttributionRow } from "./attributed.ts";
import { lastLayer, placeOf, shortName } from "./matrix_name.ts";
import { relativeOf } from "./relative_importance.ts";
import type { SensitivityRow } from "./sensitivity.ts";

/** What the paper says of matrices weighed by gradients along directions of behaviours. */
export interface InterpretationClaims {
  /** The last layer's `up_proj` ranks first. */
  ranked: Verdict;
  /** Rounding takes importance from the last layer. */
  lastFades: Verdict;
  /** And from `gate_proj`. */
  gateFades: Verdict;
}

/** Verdicts on whether the weight of a matrix tells what becomes of a model that loses it. */
export interface InterventionClaims {
  /** Matrices that rank high cost more to round. */
  predicts: Verdict;
  /** And more of the behaviour that they count for. */
  ownKind: Verdict;
}

/** Verdicts on the paper's claims. */
export function interpretationClaims(rows: readonly AttributionRow[]): InterpretationClaims {
  return {
    ranked: lastUpFirst(rows),
    lastFades: fades(
      rows,
      ({ layer }, last) => layer === last,
      "Paper: 3 bits (GPTQ) take relative importance from the last layer",
    ),
    gateFades: fades(
      rows,
      ({ part }) => part === "gate",
      "Paper: 3 bits (GPTQ) take relative importance from gate_proj",
    ),
  };
}

/** Matrices weighed, and rounded alone. */
interface Rounded {
  attributed: readonly AttributionRow[];
  sensitivity: readonly SensitivityRow[];
  alone: readonly AskedRow[];
}

/** Verdicts on what follows from them, by rounding one matrix alone. */
export function interventionClaims(
  { attributed, sensitivity, alone }: Rounded,
  dense: readonly AskedRow[],
): InterventionClaims {
  return { predicts: costsMore(attributed, sensitivity), ownKind: costsItsOwn(attributed, alone, dense) };
}

const isDense = ({ setting }: AttributionRow): boolean => setting.method === "dense";

/** The worst rank of the last `up_proj` over subjects and behaviours: a count, which no seed changes. */
function lastUpFirst(rows: readonly AttributionRow[]): Verdict {
  const ranks = rows.filter(isDense).map(({ importance }) => {
    const order = Object.keys(importance).toSorted((a, b) => importance[b]! - importance[a]!);
    const last = lastLayer(order);
    return order.findIndex((weight) => shortName(weight) === `${last + 1} up`) + 1;
  });
  return verdict({
    claim: "Paper: by attribution the last layer's up_proj ranks first for every behaviour: its worst rank",
    effect: ranks.length > 0 ? Math.max(...ranks) : [],
    threshold: 1,
    direction: "at most",
  });
}

/** Relative importance that some matrices lose by rounding, in percent, behaviour by behaviour. */
function fades(
  rows: readonly AttributionRow[],
  isOne: (place: ReturnType<typeof placeOf>, last: number) => boolean,
  claim: string,
): Verdict {
  const share = (row: AttributionRow) => {
    const relative = relativeOf(row);
    const last = lastLayer(Object.keys(relative));
    return 100 * Object.entries(relative)
      .reduce((sum, [weight, value]) => sum + (isOne(placeOf(weight), last) ? value : 0), 0);
  };
  const effect = rows.filter(isDense).flatMap((before) => {
    const after = rows.find((row) =>
      !isDense(row) && row.subject === before.subject && row.behaviour === before.behaviour
    );
    return after ? [share(before) - share(after)] : [];
  });
  return verdict({ claim, effect, direction: "more than", unit: "% of importance", per: "behaviours" });
}

/**
 * What the half of the matrices that ranks higher costs, rounded alone, less what the lower half costs, text
 * by text; ranked by the mean relative importance over the behaviours.
 */
function costsMore(rows: readonly AttributionRow[], alone: readonly SensitivityRow[]): Verdict {
  const own = rows.filter((row) => isDense(row) && row.subject === alone[0]?.subject).map(relativeOf);
  const ranked = own.length === 0 ? [] : alone.toSorted((a, b) => {
    const weight = (row: SensitivityRow) => mean(own.map((relative) => relative[row.weight]!));
    return weight(b) - weight(a);
  });
  const half = Math.floor(ranked.length / 2);
  const cost = (some: readonly SensitivityRow[], text: number) =>
    1000 * mean(some.map(({ losses }) => losses[text]!));
  return verdict({
    claim:
      "Ours: matrices that rank in the upper half by attribution cost more at 3 bits alone than the others",
    effect: half === 0
      ? []
      : ranked[0]!.losses.map((_, text) =>
        cost(ranked.slice(0, half), text) - cost(ranked.slice(-half), text)
      ),
    direction: "more than",
    unit: "thousandths of a nat",
    per: "texts",
  });
}

/**
 * For each item, what rounding a matrix alone costs that counts more for its own behaviour than most do, less
 * what one costs that counts more for the other.
 */
function costsItsOwn(
  rows: readonly AttributionRow[],
  alone: readonly AskedRow[],
  dense: readonly AskedRow[],
): Verdict {
  const of = (behaviour: string) =>
    rows.filter((row) => isDense(row) && row.behaviour === behaviour && row.subject === "probe").map(
      relativeOf,
    )[0];
  const [facts, chains] = [of("facts"), of("chains")];
  const lean = facts && chains
    ? Object.keys(facts).map((weight) => ({ weight, lean: facts[weight]! - chains[weight]! }))
      .toSorted((a, b) => b.lean - a.lean)
    : [];
  const half = Math.floor(lean.length / 2);
  const sides = { facts: lean.slice(0, half), chains: lean.slice(lean.length - half) };
  const rowsOf = (side: keyof typeof sides, question: string) =>
    sides[side].flatMap(({ weight }) =>
      alone.find(({ setting, question: asked }) =>
        asked === question && setting.method !== "dense" && setting.alone === weight
      ) ?? []
    );
  const effect = half === 0 ? [] : dense.flatMap(({ question, right }) => {
    const [own, other] = question.startsWith("K")
      ? ["facts", "chains"] as const
      : ["chains", "facts"] as const;
    const [ownRows, otherRows] = [rowsOf(own, question), rowsOf(other, question)];
    if (ownRows.length === 0 || otherRows.length === 0) return [];
    const left = (rows: readonly AskedRow[], item: number) => 100 * mean(rows.map((row) => row.right[item]!));
    return right.map((_, item) => left(otherRows, item) - left(ownRows, item));
  });
  return verdict({
    claim: "Ours: a matrix at 2 bits alone costs more of what it counts more for, facts or chains",
    effect,
    direction: "more than",
    unit: "points",
    per: "items",
  });
}
