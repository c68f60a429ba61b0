import { RangeError } from "../../errors.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import { bitReader, bitWriter, requireEnd } from "./bit_stream.ts";
import type { Packing } from "./packing.ts";
import { maskBuilder, positionsOf } from "./positions.ts";

/** Patterns wider than this are left to the other packings. */
const WIDEST = 256;

/**
 * N:M: of every M weights in a row the same number stay, each at a place of ⌈log₂ M⌉ bits. The pattern is the
 * narrowest that the mask has; 2 of 4 takes one bit per weight.
 */
export const nm: Packing = {
  name: "nm",
  encode(mask) {
    const size = sizeOf(mask.dims);
    const positions = positionsOf(mask);
    for (let of = 2; of <= Math.min(WIDEST, size); of++) {
      const keep = positions.length * of / size;
      if (size % of || !Number.isInteger(keep) || !hasPattern(positions, keep, of)) continue;
      const writer = bitWriter();
      for (const position of positions) writer.write(position % of, widthOf(of));
      return { bytes: writer.bytes(), numbers: [keep, of] };
    }
    return undefined;
  },
  decode({ bytes, numbers: [keep = NaN, of = NaN] }, dims) {
    const size = sizeOf(dims);
    if (!(keep >= 0 && keep <= of && of >= 2 && of <= WIDEST && size % of === 0)) {
      throw new RangeError(`${size} weights have no pattern of ${keep} in ${of}`);
    }
    const reader = bitReader(bytes);
    const { add, mask } = maskBuilder(dims);
    for (let at = 0; at < size; at += of) {
      for (let i = 0; i < keep; i++) {
        const place = reader.read(widthOf(of));
        if (place >= of) throw new RangeError(`place ${place} in a group of ${of}`);
        add(at + place);
      }
    }
    requireEnd(reader);
    return mask;
  },
};

const widthOf = (of: number) => Math.ceil(Math.log2(of));

function hasPattern(positions: Uint32Array, keep: number, of: number): boolean {
  return positions.every((position, i) => Math.floor(position / of) === Math.floor(i / keep));
}
