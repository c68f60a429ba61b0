import { clearBits } from "../../kernels/webgpu/select/apply_mask.ts";
import { elements } from "../tensor/arrays.ts";
import { sizeOf, Tensor } from "../tensor/tensor.ts";
import type { Mask } from "../train/weight_mask.ts";

/** The mask of a tensor in which `goes` calls its argument with every weight that goes. */
export function maskWithout(
  dims: readonly number[],
  goes: (drop: (index: number) => void) => void,
): Mask {
  const size = sizeOf(dims);
  const bits = new Uint8Array(Math.ceil(size / 8)).fill(0xff);
  if (size % 8) bits[bits.length - 1] = 2 ** (size % 8) - 1;
  goes((index) => bits[index >> 3]! &= ~(1 << (index & 7)));
  return { dims, bits };
}

/** The mask of the weights that are not zero; `weights` are flat, in storage order. */
export function maskOfNonZeros(dims: readonly number[], weights: ArrayLike<number>): Mask {
  return maskWithout(dims, (drop) => {
    for (let i = 0; i < weights.length; i++) if (weights[i] === 0) drop(i);
  });
}

/** Whether a mask has a bit for each weight of its shape, and none set beyond the last. */
export function fitsShape({ dims, bits }: Mask): boolean {
  const size = sizeOf(dims);
  return bits.length === Math.ceil(size / 8) && (size % 8 === 0 || bits.at(-1)! >> (size % 8) === 0);
}

/** Whether the weight at a place in storage order stays. */
export function stays({ bits }: Mask, index: number): boolean {
  return (bits[index >> 3]! >> (index & 7) & 1) === 1;
}

/** Calls `visit` for each weight that goes. */
export function forDropped(mask: Mask, visit: (index: number) => void): void {
  const size = sizeOf(mask.dims);
  for (let i = 0; i < size; i++) if (!stays(mask, i)) visit(i);
}

/** How many weights stay. */
export function keptCount({ bits }: Mask): number {
  let count = 0;
  for (let byte of bits) for (; byte; byte &= byte - 1) count++;
  return count;
}

/** Sets weights that go to zero, in place; floats of any size. */
export function zeroMasked(weights: Float32Array, mask: Mask): void {
  const { buffer, byteOffset, length, BYTES_PER_ELEMENT } = weights;
  if (BYTES_PER_ELEMENT !== 4) return forDropped(mask, (index) => weights[index] = 0);
  clearBits(new Uint32Array(buffer, byteOffset, length), elements(wordsOf(mask), "uint32"));
}

/** A mask as kernels take it, on the CPU: 32-bit words, their bits counted from the lowest one as here. */
export function wordsOf({ bits }: Mask): Tensor {
  const words = new Uint32Array(Math.ceil(bits.length / 4));
  new Uint8Array(words.buffer).set(bits);
  return new Tensor("uint32", words, [words.length]);
}
