import { RangeError } from "../../errors.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import { fitsShape } from "../mask_bits.ts";
import type { Packing } from "./packing.ts";

/** One bit per weight: ⌈n/8⌉ bytes, whatever the sparsity. */
export const bitmap: Packing = {
  name: "bitmap",
  encode: ({ bits }) => ({ bytes: bits, numbers: [] }),
  decode({ bytes }, dims) {
    const mask = { dims, bits: bytes.slice() };
    if (fitsShape(mask)) return mask;
    const size = sizeOf(dims);
    throw new RangeError(
      `${size} weights need ${size} bits in ${Math.ceil(size / 8)} bytes, found ${bytes.length} bytes`,
    );
  },
};
