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
  const letter = letterOf(letters);
  const opening = new RegExp(
    `^[\\s*"'(\\[]*(?:[Oo]ption |[Cc]hoice )?${letter}(?=[)\\].:,*"']|\\s*(?:\\n|$))`,
  );
  return markedLetter(reply, letters) ?? reply.match(opening)?.[1]?.toUpperCase();
}

/** One of the letters on its own, as a group of a regular expression. */
function letterOf(letters: string): string {
  // A small letter must be followed by more than a space: "the answer is a number" does not mean A.
  return `([${letters}](?![\\w'])|[${letters.toLowerCase()}](?=[)\\].:,*"}]|\\s*(?:\\n|$)))`;
}

/** The first letter on its own after a reply's last "answer is" or in its last `boxed{}`. */
function markedLetter(reply: string, letters: string): string | undefined {
  // Decoration may stand between: "Answer: **(B)**", "the answer is option B", "boxed{\text{B}}".
  const marks = "(?:[Aa]nswer|[Oo]ption|[Cc]hoice)\\s*(?:is|:|=)|boxed\\s*\\{";
  const marked = new RegExp(
    `(?:${marks})${DECORATION}(?:[Oo]ption |[Cc]hoice )?[(*"\\[]*${letterOf(letters)}`,
    "g",
  );
  return [...reply.matchAll(marked)].at(-1)?.[1]?.toUpperCase();
}

/** Words around a capital A that is an option: before other small letters it is the article. */
const BEFORE_A = "option|choice|answer|letter|be|is|choose|pick|select";
const AFTER_A = "is|are|was|because|since|as|and|or|but|so|must|should|would|can|fits|works|remains|holds";

/**
 * The option that a long reply ends with: the marked one ("answer is", `boxed{}`), else the last one in
 * brackets, "(B)", else the last capital on its own that is no article.
 *
 * @param letters the options: `ABCD`
 * @returns the letter; `undefined` where the reply names none
 */
export function lastOption(reply: string, letters: string): string | undefined {
  const last = (pattern: string) => [...reply.matchAll(new RegExp(pattern, "g"))].at(-1)?.[1];
  const alone = `(?!A (?!(?:${AFTER_A})\\b)[a-z])[${letters}]|(?<=\\b(?:${BEFORE_A}) )A`;
  return markedLetter(reply, letters) ??
    last(`\\(([${letters}])\\)`) ??
    last(`(?<![\\w'’-])(${alone})(?![\\w'’-])`);
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
