import { requireOptions } from "../options.ts";
/** Settings of {@linkcode hashedNgrams}. */
export interface HashedNgramsOptions {
  /** Values of an embedding. Default 384, as many as MiniLM has. */
  values?: number | undefined;
}

/**
 * An embedding of a text without any model, of unit length: its words, and runs of three to five letters
 * within them, are each hashed to a place and a sign and added up (Weinberger and others, "Feature hashing
 * for large scale multitask learning", 2009). Texts that share words lie close; what they mean it does not
 * know. A text without a letter or digit gives zeros.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const texts = ["How many apples?", "How many pears?", "Write a function"];
 * const [a, b, c] = texts.map((text) => hashedNgrams(text));
 * const cosine = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
 * assert.ok(cosine(a!, b!) > cosine(a!, c!));
 * ```
 */
export function hashedNgrams(text: string, options: HashedNgramsOptions = {}): Float32Array {
  requireOptions("hashedNgrams", options, { values: true });
  const { values = 384 } = options;
  const sums = new Float32Array(values);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    const padded = `<${word}>`;
    const grams = [padded];
    for (const length of [3, 4, 5]) {
      for (let at = 0; at + length <= padded.length; at++) grams.push(padded.slice(at, at + length));
    }
    for (const gram of grams) {
      const bits = hash(gram);
      sums[(bits >>> 1) % values]! += bits & 1 ? 1 : -1;
    }
  }
  const norm = Math.hypot(...sums);
  return norm > 0 ? sums.map((value) => value / norm) : sums;
}

/** 32 bits of a text: FNV-1a, and Murmur's last mixing. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) bits = Math.imul(bits ^ byte, 0x01000193);
  bits = Math.imul(bits ^ bits >>> 16, 0x85ebca6b);
  bits = Math.imul(bits ^ bits >>> 13, 0xc2b2ae35);
  return (bits ^ bits >>> 16) >>> 0;
}
