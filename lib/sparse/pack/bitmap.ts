import { RangeError } from "../../errors.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import type { Packing } from "./packing.ts";

/** One bit per weight: ⌈n/8⌉ bytes, whatever the sparsity. */
export const bitmap: Packing = {
  name: "bitmap",
  encode: ({ bits }) => ({ bytes: bits, numbers: [] }),
  decode({ bytes }, dims) {
    const size = sizeOf(dims);
    const length = Math.ceil(size / 8);
    const beyond = size % 8 ? bytes[length - 1]! >> (size % 8) : 0;
    if (bytes.length !== length || beyond) {
      throw new RangeError(
        `${size} weights need ${size} bits in ${length} bytes, found ${bytes.length} bytes`,
      );
    }
    return { dims, bits: bytes.slice() };
  },
};
