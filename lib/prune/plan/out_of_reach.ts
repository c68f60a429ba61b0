import { RangeError } from "../../errors.ts";

/** The error for a target below all that can be left: its parts, and its sentence in whichever unit. */
export class OutOfReachError extends RangeError {
  /** The least that can be left, as a part of what the original costs. */
  readonly least: number;
  /** The sentence, with what was asked for and the least that can be left as somebody writes them. */
  readonly sentence: (asked: string, least: string) => string;

  /** The error for a part that was asked for, and the least that can be left. */
  constructor([asked, least]: readonly [number, number], sentence: OutOfReachError["sentence"]) {
    super(sentence(`${asked}`, `${roundedUp(least)}`));
    this.least = least;
    this.sentence = sentence;
  }
}

/** A fraction in six decimals, and at least as large. */
function roundedUp(fraction: number): number {
  const millionths = Math.round(1e6 * fraction);
  return (millionths / 1e6 < fraction ? millionths + 1 : millionths) / 1e6;
}
