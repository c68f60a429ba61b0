import { mean } from "../../../statistics/describe.ts";
import type { AskedRow } from "../asked.ts";

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
  /** Tokens of the answer. */
  length: number;
  /** 1 where the answer is right, 0 where it is not. */
  right: number;
}

/** Answers to chains of each compressed network that has some right and some wrong, by question and item. */
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
