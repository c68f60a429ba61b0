import { RangeError } from "../../errors.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import type { Mask } from "../../train/weight_mask.ts";

/** Places in storage order of the weights that stay, ascending, uint32 [kept]. */
export function positionsOf({ dims, bits }: Mask): Uint32Array {
  const positions = new Uint32Array(sizeOf(dims));
  let count = 0;
  for (let at = 0; at < bits.length; at++) {
    for (let byte = bits[at]!; byte; byte &= byte - 1) {
      positions[count++] = 8 * at + 31 - Math.clz32(byte & -byte);
    }
  }
  return positions.subarray(0, count);
}

/** A mask of places that are given one after the other, upwards. */
export function maskBuilder(dims: readonly number[]): { add(position: number): void; mask: Mask } {
  const size = sizeOf(dims);
  const bits = new Uint8Array(Math.ceil(size / 8));
  let last = -1;
  return {
    mask: { dims, bits },
    add(position) {
      if (!(position > last && position < size)) {
        throw new RangeError(`place ${position} follows place ${last} among ${size} weights`);
      }
      last = position;
      bits[position >> 3]! |= 1 << (position & 7);
    },
  };
}
