import { type Table, table } from "../../plot/table.ts";
import type { Outcome, Verdict } from "../../statistics/verdict.ts";
import {
  betterTrained,
  fallsLater,
  finalsOf,
  regulariserDoes,
  servesOtherArchitectures,
  servesOtherData,
} from "./claims.ts";
import type { MetaRow } from "./meta_row.ts";

/** What the verdicts mean for somebody who wants to prune a network: questions, and answers that follow the outcomes. */
export function meaningTable(rows: readonly MetaRow[]): Table {
  const finals = finalsOf(rows).map((reduction) => ({ reduction, judged: betterTrained(rows, reduction) }));
  const answer = ({ outcome }: Verdict, answers: Answers) => answers[outcome];
  return table([
    {
      question: "Does a metanetwork prepare a network for pruning?",
      answer: answer(fallsLater(rows), {
        "holds": "Yes: with it, more channels go before accuracy falls.",
        "does not hold": "No: without it, accuracy falls later.",
        [OPEN]: "These networks are too few to tell.",
      }),
    },
    {
      question: "Is it the metanetwork, or the rule that it learns to follow?",
      answer: answer(regulariserDoes(rows), {
        "holds": "The rule followed by itself does as well (shrinkGroups), and needs no meta-training. " +
          "That a metanetwork adds something, larger networks would have to show.",
        "does not hold": "The metanetwork: it does more than the rule by itself.",
        [OPEN]: "These networks are too few to tell them apart.",
      }),
    },
    {
      question: "Does it pay where the network is trained again after pruning?",
      answer: finals.length === 0 ? "Nothing was trained again here." : sorted(finals),
    },
    {
      question: "Does one metanetwork serve other networks?",
      answer: `On other architectures: ${WORD[servesOtherArchitectures(rows).outcome]}. ` +
        `On other data: ${WORD[servesOtherData(rows).outcome]}.`,
    },
  ], "What it means, as far as this run tells");
}

const OPEN = "not decided with so few seeds";

type Answers = Readonly<Record<Outcome, string>>;

const WORD: Answers = { "holds": "yes", "does not hold": "no", [OPEN]: "not decided" };

/** `Yes at 12×. Not decided at 4×, 8×.` */
function sorted(finals: readonly { reduction: number; judged: Verdict }[]): string {
  return [...Map.groupBy(finals, ({ judged }) => judged.outcome)].map(([outcome, own]) => {
    const places = own.map(({ reduction }) => `${Number(reduction.toFixed(2))}×`).join(", ");
    const word = WORD[outcome];
    return `${word[0]!.toUpperCase()}${word.slice(1)} at ${places}.`;
  }).join(" ");
}
