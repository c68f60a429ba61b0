import { COUNT, requireNumbers } from "../bounds.ts";
import { RangeError } from "../errors.ts";
import { type OptionNames, requireOptions, withoutUndefined } from "../options.ts";
import type { SpanExample } from "./squad.ts";
import type { EncodedText, Piece, TextTokenizer } from "./tokenizer.ts";

/** A question with as much of its text as fits: a text longer than that makes several. */
export interface SpanWindow extends EncodedText {
  /** Example that the window is of, by its place in the list. */
  example: number;
  /** Where in the window the part of the text begins. */
  offset: number;
  /** The tokens of that part, with their places in the text. */
  pieces: Piece[];
  /** First and last token of the answer in the window; 0 and 0, the first token, where it is not in it. */
  answer?: [first: number, last: number];
}

/** Settings of {@linkcode spanWindows}. */
export interface SpanWindowOptions {
  /** Tokens of a window. Default 384. */
  maxLength?: number | undefined;
  /**
   * Tokens by which the next window of the same text begins later, no more than stand in one. Default 128, or
   * half of what fits beside the question where that is less.
   */
  stride?: number | undefined;
  /** Tokens to which questions are cut. Default 64. */
  maxQuestion?: number | undefined;
}

/** Names of {@linkcode SpanWindowOptions}. */
export const SPAN_WINDOW_OPTIONS: OptionNames<SpanWindowOptions> = {
  maxLength: true,
  stride: true,
  maxQuestion: true,
};

/** How much later windows begin where nobody says otherwise, as is usual for SQuAD. */
const STRIDE = 128;

/**
 * Questions and their texts as a model is fed them, in BERT's way: question first, and the text in windows
 * that overlap, so that each answer is whole in one of them, unless it is longer than the overlap.
 *
 * @throws {RangeError} where a question leaves no room for its text, a stride passes over some of it, or an
 * option is not a whole number from 1
 */
export function spanWindows(
  tokenizer: TextTokenizer,
  examples: readonly SpanExample[],
  options: SpanWindowOptions = {},
): SpanWindow[] {
  requireOptions("spanWindows", options, SPAN_WINDOW_OPTIONS);
  const { maxLength = 384, stride: asked = STRIDE, maxQuestion = 64 } = options;
  requireNumbers("cut texts into windows", { maxLength, stride: asked, maxQuestion }, COUNT);
  return examples.flatMap(({ id, question, context, answers: [answer] }, example) => {
    const words = tokenizer.ids(question).slice(0, maxQuestion);
    const pieces = tokenizer.pieces(context);
    const room = maxLength - words.length - tokenizer.special[1];
    if (room < (options.stride ?? 1)) {
      const text = options.stride === undefined ? "" : ` at a stride of ${asked}`;
      throw new RangeError(
        `Cannot cut the text of question ${id}${text}: windows of ${maxLength} tokens leave room for ${room} beside ` +
          `the question; expected ${options.stride ?? 1} at least`,
      );
    }
    const stride = options.stride ?? Math.min(STRIDE, Math.ceil(room / 2));
    const span = answer && tokensOf(pieces, answer.start, answer.start + answer.text.length);
    const windows: SpanWindow[] = [];
    for (let from = 0;; from += stride) {
      const part = pieces.slice(from, from + room);
      const joined = tokenizer.join(words, part.map(({ id }) => id));
      const offset = joined.ids.length - part.length - after(tokenizer);
      const inside = span && span[0] >= from && span[1] < from + part.length;
      const answer: [number, number] | undefined = span &&
        (inside ? [span[0] - from + offset, span[1] - from + offset] : [0, 0]);
      windows.push(withoutUndefined({ ...joined, example, offset, pieces: part, answer }));
      if (from + room >= pieces.length) return windows;
    }
  });
}

/** How many tokens stand behind the second of two texts. */
function after({ join }: TextTokenizer): number {
  const { ids } = join([], [-1]);
  return ids.length - 1 - ids.indexOf(-1);
}

/** First and last token that have a part in a stretch of the text; undefined where none has. */
function tokensOf(pieces: readonly Piece[], start: number, end: number): [number, number] | undefined {
  const first = pieces.findIndex((piece) => piece.end > start);
  const last = pieces.findLastIndex((piece) => piece.start < end);
  return first >= 0 && last >= first ? [first, last] : undefined;
}

/** An answer that a model gives. */
export interface FoundSpan {
  /** Words of the answer, as they stand in the text; empty where there are none. */
  text: string;
  /** The sum of the logits of its first and its last token. */
  score: number;
}

/**
 * For each example the stretch of its text whose first and last token have the highest logits together, of
 * those that do not end before they begin and are not too long.
 *
 * @param starts for each window the logits of its tokens as first of the answer; what is behind the window is
 * padding
 * @param ends the same, as last
 * @param longest tokens of the longest answer
 */
export function bestSpans(
  examples: readonly SpanExample[],
  windows: readonly SpanWindow[],
  starts: readonly ArrayLike<number>[],
  ends: readonly ArrayLike<number>[],
  longest = 30,
): FoundSpan[] {
  const best: FoundSpan[] = examples.map(() => ({ text: "", score: -Infinity }));
  windows.forEach(({ example, offset, pieces }, w) => {
    for (let i = 0; i < pieces.length; i++) {
      for (let j = i; j < Math.min(pieces.length, i + longest); j++) {
        const score = starts[w]![offset + i]! + ends[w]![offset + j]!;
        if (score > best[example]!.score) {
          best[example] = { text: examples[example]!.context.slice(pieces[i]!.start, pieces[j]!.end), score };
        }
      }
    }
  });
  return best;
}
