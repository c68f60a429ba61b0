import { requireNumbers } from "../bounds.ts";
import { textDigest } from "../files/digest.ts";
import type { Question } from "./question.ts";

/**
 * The name of a text by what it says: SHA-256, in hex, of its letters and digits in lower case, so that
 * spaces, punctuation and form do not count.
 */
export function textHash(text: string): string {
  const bare = text.normalize("NFKC").toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, " ").trim();
  return textDigest(bare);
}

/** Questions to learn from, and others to judge by. */
export interface HeldOut {
  /** Questions to learn from. */
  readonly train: Question[];
  /** Questions that must not be seen before the end. */
  readonly test: Question[];
}

/**
 * Splits questions such that no text is on both sides: a question's side follows from the hash of its text
 * and the seed alone. So the same question always falls on the same side, also when it occurs twice, in
 * another file, or among others.
 *
 * @param share of the texts that is held out, above 0 and below 1; how many that are is left to chance
 * @throws RangeError where the share is not such a number
 */
export function holdOut(questions: readonly Question[], share: number, seed = 0): HeldOut {
  requireNumbers("hold questions out", { share }, { above: 0, below: 1 });
  const isTest = ({ text }: Question) => {
    const digest = textDigest(`${seed} ${textHash(text)}`);
    return parseInt(digest.slice(0, 12), 16) / 2 ** 48 < share;
  };
  return { train: questions.filter((one) => !isTest(one)), test: questions.filter(isTest) };
}

/** A text that is on both sides. */
export interface Overlap {
  /** Place of the question on the one side, from 0. */
  readonly one: number;
  /** First place of the question on the other side. */
  readonly other: number;
}

/** The texts of one list that the other has too, whatever their spacing and punctuation. */
export function overlap(one: readonly string[], other: readonly string[]): Overlap[] {
  const places = new Map<string, number>();
  other.forEach((text, i) => {
    const hash = textHash(text);
    if (!places.has(hash)) places.set(hash, i);
  });
  return one.flatMap((text, i) => {
    const found = places.get(textHash(text));
    return found === undefined ? [] : [{ one: i, other: found }];
  });
}
