/**
 * Random numbers for everything in Espalier: initialisation, shuffling, augmentation, procedural data.
 *
 * Philox 4×32 with 10 rounds: a block of four 32-bit words is a pure function of a 64-bit key and a 128-bit
 * counter, so nothing has to be stored to go on from anywhere: step 812 of epoch 3 draws from
 * `seededRandom(seed, "augment", 3, 812)`, whether or not the process was killed before it.
 *
 * Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011; test vectors from the authors' Random123 are in `tests/random_test.ts`.
 */
import { RangeError } from "./errors.ts";

/** A stream of random numbers. The same seed and path always give the same stream, on every machine. */
export interface Random {
  /** The next 32 random bits. */
  bits(): number;
  /** Uniform in [low, high), 53 bits fine; [0, 1) by default. */
  uniform(low?: number, high?: number): number;
  /** Normally distributed; mean 0 and standard deviation 1 by default. */
  normal(mean?: number, deviation?: number): number;
  /** A whole number in [0, below), all equally likely; `below` is at most 2³². */
  integer(below: number): number;
  /** The numbers 0 … length−1 in random order. */
  permutation(length: number): Uint32Array;
  /** A stream of its own, independent of this one and of how far this one was read. */
  split(...path: (number | string)[]): Random;
}

/** Four counter words and two key words in, four random words out. */
export function philox4x32(
  counter: ArrayLike<number>,
  key: ArrayLike<number>,
  output: Uint32Array = new Uint32Array(4),
): Uint32Array {
  let c0 = counter[0]!, c1 = counter[1]!, c2 = counter[2]!, c3 = counter[3]!;
  let k0 = key[0]!, k1 = key[1]!;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0) ^ c3 ^ k1;
    const high1 = multiplyHigh(0xcd9e8d57, c2) ^ c1 ^ k0;
    c1 = Math.imul(0xcd9e8d57, c2);
    c3 = Math.imul(0xd2511f53, c0);
    c0 = high1;
    c2 = high0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  output[0] = c0;
  output[1] = c1;
  output[2] = c2;
  output[3] = c3;
  return output;
}

/** Bits 32 … 63 of the product of two unsigned 32-bit numbers, in halves of 16 bits. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16, aLow = a & 0xffff, bHigh = b >>> 16, bLow = b & 0xffff;
  // No sum here passes 2³²: (2¹⁶ − 1)² + 2·(2¹⁶ − 1) = 2³² − 1.
  const middle = (Math.imul(aHigh, bLow) >>> 0) + (Math.imul(aLow, bLow) >>> 16);
  const carry = (middle & 0xffff) + (Math.imul(aLow, bHigh) >>> 0);
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) | 0;
}

/**
 * The stream of a seed, or of something that the path names under it.
 *
 * @param seed a whole number, 0 … 2⁵³−1
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { seededRandom } from "./random.ts";
 *
 * const shuffle = (epoch: number) => seededRandom(7, "shuffle", epoch).permutation(50_000);
 * assert.deepEqual(shuffle(3), shuffle(3)); // epoch 3 of run 7, always the same
 * assert.notDeepEqual(shuffle(3), shuffle(4));
 * ```
 */
export function seededRandom(seed: number, ...path: (number | string)[]): Random {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(
      `Cannot seed random numbers with ${seed}: expected a whole number from 0 to 2⁵³ − 1`,
    );
  }
  const root = stream(Uint32Array.of(seed, Math.floor(seed / 2 ** 32)));
  return path.length === 0 ? root : root.split(...path);
}

function stream(key: Uint32Array): Random {
  const counter = new Uint32Array(4);
  const block = new Uint32Array(4);
  let used = 4;
  let spare: number | undefined;

  const bits = () => {
    if (used === 4) {
      philox4x32(counter, key, block);
      used = 0;
      if (++counter[0]! === 0) counter[1]!++;
    }
    return block[used++]!;
  };
  const unit = () => ((bits() >>> 5) * 2 ** 26 + (bits() >>> 6)) / 2 ** 53;
  const standardNormal = () => {
    if (spare !== undefined) {
      const normal = spare;
      spare = undefined;
      return normal;
    }
    // Box and Muller, 1958; 1 − u keeps the logarithm finite.
    const radius = Math.sqrt(-2 * Math.log(1 - unit()));
    const angle = 2 * Math.PI * unit();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  const integer = (below: number) => {
    if (!Number.isInteger(below) || below < 1 || below > 2 ** 32) {
      throw new RangeError(`Cannot draw a whole number below ${below}: expected 1 to 2³²`);
    }
    // Draws from the incomplete last multiple of `below` would favour small numbers: draw again.
    const limit = 2 ** 32 - (2 ** 32 % below);
    let draw = bits();
    while (draw >= limit) draw = bits();
    return draw % below;
  };

  return {
    bits,
    uniform: (low = 0, high = 1) => low + (high - low) * unit(),
    normal: (mean = 0, deviation = 1) => mean + deviation * standardNormal(),
    integer,
    permutation: (length) => {
      const order = Uint32Array.from({ length }, (_, i) => i);
      for (let i = length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [order[i], order[j]] = [order[j]!, order[i]!];
      }
      return order;
    },
    split: (...path) => {
      let child = key;
      for (const step of path) {
        const [low, high] = typeof step === "string" ? hash(step) : [step, Math.floor(step / 2 ** 32)];
        // The last counter words tell children by name, children by number and the stream itself apart.
        const kind = typeof step === "string" ? 2 : 1;
        child = philox4x32(Uint32Array.of(low!, high!, 0, kind), child).slice(0, 2);
      }
      return stream(child);
    },
  };
}

/** 64 bits that tell names apart: FNV-1a from two offsets. */
function hash(name: string): [number, number] {
  let [a, b] = [0x811c9dc5, 0x01000193];
  for (const byte of new TextEncoder().encode(name)) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x85ebca6b);
    b ^= b >>> 13;
  }
  return [a, b];
}
