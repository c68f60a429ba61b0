import { lastBoxed } from "./boxed.ts";

/** A "no" before another word speaks of that word: "no contradiction". */
const NO_DETERMINER = "(?!(?<=\\bno) \\w)";

/**
 * Which of a few words a reply gives as its answer: the one in its last `\boxed{}`, else the first one after
 * its last "answer is", else the last one in it; capitals do not count.
 *
 * @param words the possible answers: `["Yes", "No"]`
 * @returns the word as `words` spells it; `undefined` where the reply has none
 */
export function lastWord<Word extends string>(reply: string, words: readonly Word[]): Word | undefined {
  const found = (text: string) =>
    text.match(new RegExp(`\\b(?:${words.join("|")})\\b${NO_DETERMINER}`, "gi")) ?? [];
  const marked = [...reply.matchAll(/\banswer\s*(?:is|:)([^.\n]*)/gi)].at(-1)?.[1] ?? "";
  const word = found(lastBoxed(reply) ?? "").at(-1) ?? found(marked)[0] ?? found(reply).at(-1);
  return words.find((one) => one.toLowerCase() === word?.toLowerCase());
}
