import type { ChatMessage } from "../../chat/request.ts";
import { type Heard, promptOf, type TeamQuestion } from "./prompt.ts";
import { type Asking, callModel } from "./take_turn.ts";
import { answerIn, tryPrograms } from "./tools.ts";
import { lastDone, type Turn, type TurnFailure } from "./turn.ts";

/** Outcome of a decision before anybody is asked: an answer, or messages for the model that decides. */
export type Decided = { readonly answer: string } | { readonly messages: readonly ChatMessage[] };

/** How the answer of a team comes from what its agents said last, in the order of the team; never empty. */
export type Decision = (question: TeamQuestion, said: readonly Heard[]) => Decided | Promise<Decided>;

/** Who a model is where it decides for a team. */
export const DECIDING = {
  refer:
    "You decide for a team. Weigh what each of them says: reasons count, not numbers of voices. Give your " +
    'decision in one or two sentences and end with a line "The answer is X", where X is the letter of an option ' +
    "if there are options, else the bare number.",
  "write-code":
    "You decide for a team of programmers. From what they say, write the final function. Answer with one Python " +
    "block that has the whole function, and nothing else.",
} as const;

/**
 * How a team decides: `refer` has a model read what all said, `write-code` does so for code with its
 * examples run, `majority-vote` takes the most frequent answer, `last` what the last agent said.
 */
export type DecisionName = "refer" | "write-code" | "majority-vote" | "last";

/** The four ways to decide, by name: those of AGP's release, with its FinalDirect as `last`. */
const DECISIONS: Readonly<Record<DecisionName, Decision>> = {
  refer: (question, said) => ({ messages: promptOf(DECIDING.refer, { question, heard: said, before: [] }) }),
  "write-code": async (question, said) => {
    const situation = { question, heard: said, before: [] };
    const notes: string[] = [];
    for await (const { note } of tryPrograms(situation)) notes.push(note);
    return { messages: promptOf(DECIDING["write-code"], situation, notes) };
  },
  "majority-vote": (question, said) => {
    const votes = new Map<string, Heard[]>();
    for (const heard of said) {
      const answer = answerIn(heard.content, question);
      if (answer === undefined) continue;
      const vote = Number.isNaN(Number(answer)) ? answer : `${Number(answer)}`; // 7.0 is a vote for 7
      votes.set(vote, [...votes.get(vote) ?? [], heard]);
    }
    // Of equally many votes, the answer that was given first.
    const [most] = [...votes.values()].sort((a, b) => b.length - a.length);
    return { answer: (most ?? said)[0]!.content };
  },
  last: (_, said) => ({ answer: said.at(-1)!.content }),
};

/** The answer of the team, and the turn of the decision where a model was asked for it. */
export async function decide(
  last: readonly Turn[],
  question: TeamQuestion,
  asking: Asking,
): Promise<{ answer?: string | undefined; failure?: TurnFailure | undefined; turn?: Turn }> {
  const said = last.flatMap(({ role, content }) => content === undefined ? [] : [{ role, content }]);
  if (said.length === 0) {
    const [first] = last.flatMap(({ failure }) => failure ? [failure] : []);
    const alike = last.every(({ failure }) => failure?.kind === first!.kind);
    return {
      failure: alike ? first : {
        kind: "nobody",
        message: `Nobody of the team has an answer: ${
          last.map(({ role, failure }) => `${role}: ${failure!.kind}`).join(", ")
        }`,
      },
    };
  }
  // One agent has nothing to agree on. Where only one of several has not failed, a decision is still made.
  if (last.length === 1) return { answer: said[0]!.content };
  const decided = await DECISIONS[asking.decision ?? "refer"](question, said);
  if ("answer" in decided) return decided;
  const start = lastDone(last);
  const turn = await callModel(
    { role: "decision", round: last[0]!.round },
    decided.messages,
    { model: asking.model, start },
    asking,
  );
  return turn.content === undefined ? { failure: turn.failure, turn } : { answer: turn.content, turn };
}
