import { mean } from "../../../statistics/describe.ts";
import { type Verdict, verdict } from "../../../statistics/verdict.ts";
import { answerLength } from "./answer_length.ts";
import type { AskedRow } from "../asked.ts";
import { shortestLessLongest } from "./by_length.ts";
import { overNetworks, rowsOfNetworks } from "../over_networks.ts";

/** Networks that were calibrated on the lessons that they learned from: others measure the calibration. */
const onLessons = (rows: readonly AskedRow[]): AskedRow[] => rows.filter(({ text }) => text === "lessons");

/** The shortest 30 % of a network's answers against the longest 30 %, as the paper pools them. */
export function shorterIsRight(rows: readonly AskedRow[]): Verdict {
  return verdict({
    claim: "Paper: the shortest 30 % of a compressed network's answers are more often right than the longest",
    ...overNetworks(rowsOfNetworks(onLessons(rows)).map(shortestLessLongest)),
    direction: "more than",
    unit: "points",
  });
}

/**
 * Accuracy by length among chains of one length, of which all right answers have the same number of tokens.
 */
export function shorterAtOneLength(rows: readonly AskedRow[]): Verdict {
  return verdict({
    claim: "Ours: the shortest are more often right also among chains of equally many steps",
    ...overNetworks(
      rowsOfNetworks(onLessons(rows)).map((own) =>
        [...Map.groupBy(own, ({ question }) => question).values()].flatMap(shortestLessLongest)
      ),
    ),
    direction: "more than",
    unit: "points",
  });
}

/** Tokens of wrong answers to chains beyond those of the right ones, the mean over the levels. */
export function wrongIsLonger(rows: readonly AskedRow[]): Verdict {
  const chains = onLessons(rows).filter(({ question, setting }) =>
    question.startsWith("R") && setting.method !== "dense"
  );
  return verdict({
    claim: "Ours: wrong answers to chains are longer than right ones",
    ...overNetworks(
      rowsOfNetworks(chains).map((own) => {
        const wrong = own.flatMap(({ question, right, tokens }) =>
          tokens.flatMap((count, i) =>
            right[i] ? [] : [{ item: `${question} ${i}`, more: count - answerLength(question) }]
          )
        );
        return [...Map.groupBy(wrong, ({ item }) => item).values()].map((levels) =>
          mean(levels.map(({ more }) => more))
        );
      }),
    ),
    direction: "more than",
    unit: "tokens",
  });
}
