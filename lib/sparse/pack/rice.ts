import { RangeError } from "../../errors.ts";
import { bitReader, bitWriter, requireEnd } from "./bit_stream.ts";
import type { Packing } from "./packing.ts";
import { maskBuilder, positionsOf } from "./positions.ts";

/** Gaps of up to 2³¹ weights. */
const LARGEST_K = 30;

/**
 * Gaps between stored weights in Rice's code: a gap g as ⌊g/2ᵏ⌋ ones, a zero, and k bits. For weights kept at
 * random it is within 2 % of the least that is possible. Source: Rice, Plaunt, "Adaptive Variable-Length
 * Coding for Efficient Compression of Spacecraft Television Data", 1971.
 */
export const rice: Packing = {
  name: "rice",
  encode(mask) {
    const positions = positionsOf(mask);
    const gaps = positions.map((position, i) => i === 0 ? position : position - positions[i - 1]! - 1);
    const k = bestK(gaps);
    const writer = bitWriter();
    for (const gap of gaps) {
      for (let ones = Math.floor(gap / 2 ** k); ones > 0; ones -= 16) {
        writer.write(0xffff, Math.min(16, ones));
      }
      writer.write(0, 1);
      writer.write(gap % 2 ** k, k);
    }
    return { bytes: writer.bytes(), numbers: [k, gaps.length] };
  },
  decode({ bytes, numbers: [k = NaN, count = NaN] }, dims) {
    if (!(k >= 0 && k <= LARGEST_K && count >= 0 && count <= 8 * bytes.length)) {
      throw new RangeError(`${count} gaps with k = ${k} in ${bytes.length} bytes`);
    }
    const reader = bitReader(bytes);
    const { add, mask } = maskBuilder(dims);
    let position = -1;
    for (let i = 0; i < count; i++) {
      let ones = 0;
      while (reader.read(1) === 1) ones++;
      position += 1 + ones * 2 ** k + reader.read(k);
      add(position);
    }
    requireEnd(reader);
    return mask;
  },
};

/** The k whose code is shortest. */
function bestK(gaps: Uint32Array): number {
  let [best, least] = [0, Infinity];
  for (let k = 0; k <= LARGEST_K; k++) {
    let bits = 0;
    for (const gap of gaps) bits += Math.floor(gap / 2 ** k) + 1 + k;
    if (bits < least) [best, least] = [k, bits];
  }
  return best;
}
