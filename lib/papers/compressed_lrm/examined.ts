import { mean } from "../../statistics/describe.ts";
import type { AskedRow } from "./asked.ts";
import { type Collapse, collapseOf } from "./collapse.ts";
import { type Question, QUESTIONS } from "./language.ts";
import { FLOAT_BITS, type Setting } from "./setting.ts";

/** All rows of one network, by what was done to it. */
export interface Examined {
  /** Width of the network. */
  hidden: number;
  /** Seed of the network. */
  seed: number;
  /** Rows of the dense network, by question. */
  dense: ReadonlyMap<Question, AskedRow>;
  /** Rows of each method, by question, from the mildest level to the hardest. */
  curves: ReadonlyMap<Setting["method"], ReadonlyMap<Question, readonly AskedRow[]>>;
}

/** Rows by network, those that were calibrated on lessons. */
export function examined(rows: readonly AskedRow[]): Examined[] {
  const own = rows.filter(({ text }) => text === "lessons");
  return [...Map.groupBy(own, ({ hidden, seed }) => `${hidden} ${seed}`).values()].map((group) => {
    const compressed = group.filter(({ setting }) => setting.method !== "dense");
    return {
      hidden: group[0]!.hidden,
      seed: group[0]!.seed,
      dense: new Map(
        group.filter(({ setting }) => setting.method === "dense").map((row) => [row.question, row]),
      ),
      curves: new Map(
        [...Map.groupBy(compressed, ({ setting }) => setting.method)].map(([method, curve]) => [
          method,
          Map.groupBy(curve.toSorted((a, b) => b.bits - a.bits), ({ question }) => question),
        ]),
      ),
    };
  });
}

/** The questions whose answer must be known by heart. */
export const KNOWLEDGE: readonly Question[] = QUESTIONS.filter((question) => question.startsWith("K"));

/** The questions whose answer is a chain. */
export const CHAINS: readonly Question[] = QUESTIONS.filter((question) => question.startsWith("R"));

/** Share of right answers, in percent. */
export const accuracyOf = ({ right }: Pick<AskedRow, "right">): number => 100 * mean(right);

/**
 * At how many of a method's levels each item stays right, in percent; of the items that the dense network has
 * right.
 */
export function survival(
  { dense, curves }: Examined,
  method: Setting["method"],
  questions: readonly Question[],
): number[] {
  return questions.flatMap((question) => {
    const [before, levels] = [dense.get(question), curves.get(method)?.get(question) ?? []];
    if (!before || levels.length === 0) return [];
    return before.right.flatMap((right, i) => right ? [100 * mean(levels.map((row) => row.right[i]!))] : []);
  });
}

/** Rows of two methods on one network that take the same bytes, within 2 %. */
export function equalBytes(
  { curves }: Examined,
  first: Setting["method"],
  second: Setting["method"],
  question: Question,
): (readonly [first: AskedRow, second: AskedRow])[] {
  const others = curves.get(second)?.get(question) ?? [];
  return (curves.get(first)?.get(question) ?? []).flatMap((row) => {
    const near = others.toSorted((a, b) => Math.abs(a.bits - row.bits) - Math.abs(b.bits - row.bits))[0];
    return near && Math.abs(near.bits - row.bits) <= 0.02 * row.bits ? [[row, near] as const] : [];
  });
}

/** Where a method's accuracy on a question falls below half, in bits of a weight. */
export interface CollapsePoint extends Collapse {
  /** The method. */
  method: Setting["method"];
  /** The question. */
  question: Question;
  /** The network's width. */
  hidden: number;
  /** The network's seed. */
  seed: number;
}

/** The collapse points of a network: of each method on each question. */
export function collapsePoints({ hidden, seed, dense, curves }: Examined): CollapsePoint[] {
  return [...curves].flatMap(([method, byQuestion]) =>
    [...byQuestion].flatMap(([question, levels]) => {
      const before = dense.get(question);
      const found = before && collapseOf(
        { at: -FLOAT_BITS, right: before.right },
        // What is saved grows along the curve: bits fall.
        levels.map(({ bits, right }) => ({ at: -bits, right })),
      );
      if (!found) return [];
      const { at, interval: { low, high }, never } = found;
      return [{ method, question, hidden, seed, at: -at, interval: { low: -high, high: -low }, never }];
    })
  );
}
