/** Some bits of a number. */
export interface Digit {
  /** Bits below it. */
  shift: number;
  /** Bits of it, at most {@linkcode WIDEST}. */
  width: number;
}

/**
 * Bits of a digit at most: a histogram of all its values takes 8 KB, half of what every GPU's workgroups
 * have.
 */
export const WIDEST = 11;

/** The digits of a number of so many bits, the highest first, all of nearly one width. */
export function digitsOf(bits: number): Digit[] {
  const digits: Digit[] = [];
  for (let shift = bits; shift > 0;) {
    const width = Math.ceil(shift / Math.ceil(shift / WIDEST));
    shift -= width;
    digits.push({ shift, width });
  }
  return digits;
}
