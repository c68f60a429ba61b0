/** Articles between words; `\b` knows no letters beyond ASCII. */
const ARTICLES = /(?<![\p{L}\p{N}_])(a|an|the)(?![\p{L}\p{N}_])/gu;

/** Normal form of an answer: small letters, no punctuation (of ASCII), no articles, single spaces. */
export function normalizeAnswer(text: string): string {
  return text.toLowerCase().replace(/[!-/:-@[-`{-~]/g, "").replace(ARTICLES, " ").trim().replace(/\s+/g, " ");
}

/** 1 where the answer is one of the right ones, but for what does not count, else 0. */
export function exactMatch(answer: string, gold: readonly string[]): number {
  return gold.some((right) => normalizeAnswer(right) === normalizeAnswer(answer)) ? 1 : 0;
}

/**
 * F1 of the words of an answer and of a right one: of the right ones, that with the highest; 0 where there is
 * none. Where nothing counts in either, as in "the", both are the same: 1. Source: SQuAD 2.0's
 * `evaluate-v2.0.py`.
 */
export function tokenF1(answer: string, gold: readonly string[]): number {
  return Math.max(0, ...gold.map((right) => wordsF1(normalizeAnswer(answer), normalizeAnswer(right))));
}

function wordsF1(one: string, other: string): number {
  const [words, right] = [one, other].map((text) => text === "" ? [] : text.split(" ")) as [
    string[],
    string[],
  ];
  if (words.length + right.length === 0) return 1;
  const left = new Map<string, number>();
  for (const word of right) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of words) {
    const count = left.get(word) ?? 0;
    if (count > 0) common++;
    left.set(word, count - 1);
  }
  return common === 0 ? 0 : 2 * common / (words.length + right.length);
}
