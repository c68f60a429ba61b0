import type { LanguageModel } from "../lm/language_model.ts";

/** A part of an answer in which a behaviour shows. */
export interface BehaviourSpan {
  /** Name of the behaviour: `backtracking`, `adding-knowledge`. */
  readonly behaviour: string;
  /** The first token of the part, counted from the begin of the prompt. */
  readonly start: number;
  /** The token before which it ends. */
  readonly end: number;
}

/** Prompt and answer in tokens, and where in them which behaviour shows. */
export interface AnnotatedAnswer {
  /** Tokens of prompt and answer. */
  readonly ids: readonly number[];
  /** The parts. */
  readonly spans: readonly BehaviourSpan[];
}

/** Words of an answer that somebody, or another model, called a behaviour. */
export interface Annotation {
  /** Name of the behaviour. */
  readonly behaviour: string;
  /** The words, as they were copied. */
  readonly words: string;
}

/** How much of the annotated words must be found in one piece. */
const COVERAGE = 0.9;

/**
 * Finds annotated words among an answer's tokens, as the code released with "When Reasoning Meets
 * Compression" does: where the longest piece that text and words share is at least nine tenths of the words.
 * The last token of a part is left out of it, as there. What cannot be found, or has no token left, is left
 * out and counted.
 *
 * @param ids tokens of prompt and answer
 * @param from number of the prompt's tokens
 */
export function annotate(
  { vocabulary }: Pick<LanguageModel, "vocabulary">,
  ids: readonly number[],
  from: number,
  annotations: readonly Annotation[],
): AnnotatedAnswer & { leftOut: number } {
  const decoder = new TextDecoder();
  let text = "";
  // How long the text is once each token is there; a character is there with its last byte.
  const ends = ids.slice(from).map((id) =>
    (text += decoder.decode(vocabulary.bytesOf(id), { stream: true })).length
  );
  const spans = annotations.flatMap(({ behaviour, words }) => {
    const found = longestShared(text, words);
    if (found.length === 0 || found.length < COVERAGE * words.length) return [];
    const start = ends.findIndex((end) => end > found.start);
    const last = ends.findIndex((end) => end >= found.start + found.length);
    return last > start ? [{ behaviour, start: from + start, end: from + last }] : [];
  });
  return { ids, spans, leftOut: annotations.length - spans.length };
}

/** The longest piece that a text shares with some words, at its first place in the text. */
function longestShared(text: string, words: string): { start: number; length: number } {
  const whole = text.indexOf(words);
  if (whole >= 0) return { start: whole, length: words.length };
  let best = { start: 0, length: 0 };
  // Length of the shared piece that ends with each character of the words, row by row of the text.
  const lengths = new Uint32Array(words.length + 1);
  for (let i = 0; i < text.length; i++) {
    for (let j = words.length; j > 0; j--) {
      lengths[j] = text[i] === words[j - 1] ? lengths[j - 1]! + 1 : 0;
      if (lengths[j]! > best.length) best = { start: i + 1 - lengths[j]!, length: lengths[j]! };
    }
  }
  return best;
}
