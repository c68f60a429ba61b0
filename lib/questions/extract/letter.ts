import { seededRandom } from "../../random.ts";

/**
 * The option that a reply gives as its answer: the first letter on its own after its last "answer is" (or
 * in its last `boxed{}`), else the letter that the reply is or begins with, as in "B", "(B) because", "B)".
 * A letter that only occurs in a sentence ("A man …") is no answer.
 *
 * @param letters the options: `ABCD`
 * @returns the letter; `undefined` where the reply gives none
 */
export function lastLetter(reply: string, letters: string): string | undefined {
  // A small letter must be followed by more than a space: "the answer is a number" does not mean A.
  const letter = `([${letters}](?![\\w'])|[${letters.toLowerCase()}](?=[)\\].:,*"}]|\\s*(?:\\n|$)))`;
  // Decoration may stand between: "Answer: **(B)**", "the answer is option B", "boxed{\text{B}}".
  const marks = "(?:[Aa]nswer|[Oo]ption|[Cc]hoice)\\s*(?:is|:|=)|boxed\\s*\\{";
  const marked = new RegExp(`(?:${marks})${DECORATION}(?:[Oo]ption |[Cc]hoice )?[(*"\\[]*${letter}`, "g");
  const opening = new RegExp(
    `^[\\s*"'(\\[]*(?:[Oo]ption |[Cc]hoice )?${letter}(?=[)\\].:,*"']|\\s*(?:\\n|$))`,
  );
  const found = [...reply.matchAll(marked)].at(-1) ?? reply.match(opening);
  return found?.[1]?.toUpperCase();
}

/** Characters that may stand between "answer is" and the letter. */
const DECORATION = "[\\s:*\"'`$(\\[{\\\\]*(?:boxed\\{)?(?:\\\\?text\\{)?(?:the )?";

/**
 * The option that AGP's released code reads: the first character after the first "answer is", or else of the
 * reply. Where that is no letter it takes a random one, here one that the question's id decides.
 */
export function releasedLetter(reply: string, id: string): string {
  const at = reply.indexOf("answer is");
  const said = at < 0 ? reply : stripped(stripped(reply.slice(at + 9), ":").trim(), "Option").trim();
  const first = said[0] ?? "";
  return "ABCD".includes(first) && first !== "" ? first : "ABCD"[seededRandom(0, "letter", id).integer(4)]!;
}

/** The text without any of these characters at its ends, as Python's `strip` does it. */
export function stripped(text: string, characters: string, ends: "both" | "left" | "right" = "both"): string {
  let [from, to] = [0, text.length];
  if (ends !== "right") { while (from < to && characters.includes(text[from]!)) from++; }
  if (ends !== "left") { while (to > from && characters.includes(text[to - 1]!)) to--; }
  return text.slice(from, to);
}
