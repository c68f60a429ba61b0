import { RangeError } from "../errors.ts";

/** Settings of {@linkcode rotaryTables}. */
export interface RotaryOptions {
  /** Positions. */
  context: number;
  /** Width of a head. */
  headSize: number;
  /** Base of the wave lengths. */
  base: number;
  /** Divisor of each pair's frequency; `undefined` for 1. */
  factors: readonly number[] | undefined;
}

/**
 * Cosines and sines of rotary positions (J. Su et al., "RoFormer", 2021), [context, headSize / 2] each: pair
 * i turns by base^(−2i / headSize) / factor a position. Computed in float64.
 *
 * @throws RangeError where there are not as many factors as pairs
 */
export function rotaryTables(
  { context, headSize, base, factors }: RotaryOptions,
): { cos: Float32Array; sin: Float32Array } {
  const pairs = headSize / 2;
  if (factors && factors.length !== pairs) {
    throw new RangeError(`Cannot turn ${pairs} pairs by ${factors.length} factors: expected one for each`);
  }
  const [cos, sin] = [new Float32Array(context * pairs), new Float32Array(context * pairs)];
  for (let i = 0; i < pairs; i++) {
    const frequency = base ** (-2 * i / headSize) / (factors?.[i] ?? 1);
    for (let place = 0; place < context; place++) {
      cos[place * pairs + i] = Math.cos(place * frequency);
      sin[place * pairs + i] = Math.sin(place * frequency);
    }
  }
  return { cos, sin };
}

/** Widest head: 64 times as wide as any that there is. */
const WIDEST = 2 ** 14;

/** Pairs of a head, before lists of so many are made. */
function pairsOf(headSize: number): number {
  if (Number.isInteger(headSize / 2) && headSize > 0 && headSize <= WIDEST) return headSize / 2;
  throw new RangeError(
    `Cannot turn heads of width ${headSize}: expected an even number from 2 to ${WIDEST}`,
  );
}

/**
 * Divides the frequency of each pair by the same number, which stretches positions evenly.
 *
 * @throws RangeError where the width is no even number
 */
export function linearFactors(headSize: number, factor: number): number[] {
  return new Array<number>(pairsOf(headSize)).fill(factor);
}

/** Settings of {@linkcode llama3Factors}, as a model's `rope_scaling` has them. */
export interface Llama3Scaling {
  /** Divisor of the lowest frequencies. */
  factor: number;
  /** Waves longer than `original` divided by this are slowed down fully. */
  lowFrequency: number;
  /** Waves shorter than `original` divided by this stay as they are. */
  highFrequency: number;
  /** Positions that the model was trained on before. */
  original: number;
}

/**
 * What Llama 3.1 divides the frequency of each pair by to reach longer texts: 1 for short waves, `factor` for
 * long ones, and in between what interpolates the frequencies.
 *
 * @throws RangeError where the width is no even number
 */
export function llama3Factors(
  { headSize, base, factor, lowFrequency, highFrequency, original }: Llama3Scaling & {
    headSize: number;
    base: number;
  },
): number[] {
  return Array.from({ length: pairsOf(headSize) }, (_, i) => {
    const wave = 2 * Math.PI * base ** (2 * i / headSize);
    if (wave > original / lowFrequency) return factor;
    if (wave < original / highFrequency) return 1;
    const part = (original / wave - lowFrequency) / (highFrequency - lowFrequency);
    return 1 / ((1 - part) / factor + part);
  });
}
