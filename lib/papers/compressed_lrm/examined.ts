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

/** Accuracy of a network's chains by the length of its answers. */
export interface ByLength {
  /** How the network was compressed. */
  row: AskedRow;
  /** Accuracy of the shortest 30 % in percent. */
  shortest: number;
  /** Accuracy of the middle 40 %. */
  middle: number;
  /** Accuracy of the longest 30 %. */
  longest: number;
}

/** One answer to a chain. */
interface LengthAnswer {
  /** Its tokens. */
  length: number;
  /** 1 where it is right, 0 where it is not. */
  right: number;
}

/** Answers of each compressed network to chains, by question and item, where some are right and some wrong. */
function chainAnswers(
  rows: readonly AskedRow[],
): { row: AskedRow; answers: (LengthAnswer & { item: string })[] }[] {
  const chains = rows.filter(({ question, setting }) =>
    question.startsWith("R") && setting.method !== "dense"
  );
  const networks = Map.groupBy(
    chains,
    ({ hidden, seed, setting, text }) => JSON.stringify([hidden, seed, setting, text]),
  );
  return [...networks.values()].flatMap((group) => {
    const answers = group.flatMap(({ question, tokens, right }) =>
      tokens.map((length, i) => ({ item: `${question} ${i}`, length, right: right[i]! }))
    );
    const share = mean(answers.map(({ right }) => right));
    return share > 0 && share < 1 ? [{ row: group[0]!, answers }] : [];
  });
}

/**
 * Accuracy by length of the answers to chains, the shortest 30 %, the middle 40 % and the longest 30 %, of
 * each compressed network that has some right and some wrong. Answers of one length are shared out among
 * parts, as if in random order.
 */
export function byLength(rows: readonly AskedRow[]): ByLength[] {
  return chainAnswers(rows).map(({ row, answers }) => ({ row, ...parts(answers) }));
}

/**
 * How much more often the shortest 30 % of one network's answers to chains are right than its longest 30 %,
 * in points, item by item, the mean over the settings of its compression. An item's value is its influence
 * on that difference of two means: the mean of the values is the difference, and their standard error is its.
 */
export function shortestLessLongest(rows: readonly AskedRow[]): number[] {
  const values = chainAnswers(rows).flatMap(({ answers }) => {
    const { shortest, longest } = parts(answers);
    const [short, long] = [weights(answers, ...SHORTEST), weights(answers, ...LONGEST)];
    const [ofShort, ofLong] = [mean(short), mean(long)];
    return answers.map(({ item, right }, i) => ({
      item,
      value: shortest - longest + short[i]! / ofShort * (100 * right - shortest) -
        long[i]! / ofLong * (100 * right - longest),
    }));
  });
  return [...Map.groupBy(values, ({ item }) => item).values()].map((own) =>
    mean(own.map(({ value }) => value))
  );
}

const [SHORTEST, MIDDLE, LONGEST] = [[0, 0.3], [0.3, 0.7], [0.7, 1]] as const;

/** Accuracy in the three parts of answers by their length. */
export function parts(
  answers: readonly LengthAnswer[],
): Pick<ByLength, "shortest" | "middle" | "longest"> {
  // Answers of one length all count with the mean of that length.
  const means = new Map(
    [...Map.groupBy(answers, ({ length }) => length)].map((
      [length, own],
    ) => [length, mean(own.map(({ right }) => right))]),
  );
  const order = answers.map(({ length }) => length).toSorted((a, b) => a - b);
  const part = (from: number, to: number) =>
    100 *
    mean(
      order.slice(Math.round(from * order.length), Math.round(to * order.length)).map((length) =>
        means.get(length)!
      ),
    );
  return { shortest: part(...SHORTEST), middle: part(...MIDDLE), longest: part(...LONGEST) };
}

/** How much of each answer lies in a part of them by length; those of one length are shared out. */
function weights(answers: readonly LengthAnswer[], from: number, to: number): number[] {
  const order = answers.map(({ length }) => length).toSorted((a, b) => a - b);
  const all = Map.groupBy(order, (length) => length);
  const part = order.slice(Math.round(from * order.length), Math.round(to * order.length));
  const own = Map.groupBy(part, (length) => length);
  return answers.map(({ length }) => (own.get(length)?.length ?? 0) / all.get(length)!.length);
}
