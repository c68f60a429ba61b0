import type { ChatMessage } from "../../chat/request.ts";
import type { Question } from "../../questions/question.ts";

/** Anything that a team may be asked: a question of a benchmark, or a text of one's own. */
export type TeamQuestion = Question | string;

/** The text of a question. */
export function textOf(question: TeamQuestion): string {
  return typeof question === "string" ? question : question.text;
}

/** Something that somebody of the team said. */
export interface Heard {
  /** Role of who said it. */
  readonly role: string;
  /** Text of the message. */
  readonly content: string;
}

/** Everything that an agent has before it when it answers. */
export interface Situation {
  /** The question that is to be answered. */
  readonly question: TeamQuestion;
  /** Messages of this round from those whom it reads, by position in the team. */
  readonly heard: readonly Heard[];
  /** Messages of the round before from those whom it reads then, by position in the team. */
  readonly before: readonly Heard[];
}

/**
 * The messages for an agent: its persona, then the question and what it reads of the others. Speakers are
 * named by their roles and stand in the order of the team, so that the same situation always gives the same
 * request, and a recording knows it.
 *
 * @param notes what tools add
 */
export function promptOf(
  persona: string,
  situation: Situation,
  notes: readonly string[] = [],
): ChatMessage[] {
  const { question, heard, before } = situation;
  const parts = [
    `The question:\n\n${textOf(question)}`,
    ...said("What was said in the round before:", before),
    ...said("What others of the team say:", heard),
    ...notes,
  ];
  return [{ role: "system", content: persona }, { role: "user", content: parts.join("\n\n") }];
}

function said(title: string, heard: readonly Heard[]): string[] {
  if (heard.length === 0) return [];
  return [[title, ...heard.map(({ role, content }) => `[${role}]\n${content}`)].join("\n\n")];
}
