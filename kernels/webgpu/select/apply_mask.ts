import { TypeError } from "../../../lib/errors.ts";
import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { WORD } from "../core/bits_wgsl.ts";
import { type Bits, bitsOf, requireFloats } from "./float_order.ts";
import { type Change, rewrite } from "./rewrite_wgsl.ts";
import { gpuOf, requireType } from "../core/tensors.ts";

/**
 * Sets elements whose bit is 0 to zero, in place, whatever they are, and leaves the rest as it is. What a
 * training step does to pruned weights, this takes back.
 *
 * @param tensors float32 or float16, of any shapes, on the CPU or a GPU
 * @param masks one for each tensor, as {@linkcode mask} and {@linkcode nmMask} make them, at the same place
 * @throws TypeError where types or places differ, or a mask has not the words that its tensor's elements take
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Tensor } from "../../../lib/tensor/tensor.ts";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const weights = float32([5, 6, 7]);
 * await applyMask([weights], [new Tensor("uint32", Uint32Array.of(0b101), [1])]);
 * assert.deepEqual([...weights.data], [5, 0, 7]);
 * ```
 */
export async function applyMask(tensors: readonly Tensor[], masks: readonly Tensor[]): Promise<void> {
  requireFloats("applyMask", tensors);
  if (masks.length !== tensors.length) {
    throw new TypeError(`Cannot run applyMask: ${masks.length} masks for ${tensors.length} tensors`);
  }
  const all = [...tensors, ...masks];
  const gpu = gpuOf(
    "applyMask",
    Object.fromEntries(
      all.map((tensor, i) => [i < tensors.length ? `tensor ${i}` : `mask ${i - tensors.length}`, tensor]),
    ),
  );
  masks.forEach(({ type, dims }, i) => {
    requireType(type, ["uint32"], "applyMask", `mask ${i}`);
    const words = Math.ceil(sizeOf(tensors[i]!.dims) / WORD);
    if (sizeOf(dims) === words) return;
    throw new TypeError(
      `Cannot run applyMask: mask ${i} has ${sizeOf(dims)} words, tensor ${i} is [${
        tensors[i]!.dims.join(", ")
      }] and takes ${words}`,
    );
  });
  if (!gpu) {
    return tensors.forEach((tensor, i) => clearBits(bitsOf(tensor), masks[i]!.data as Uint32Array));
  }
  await gpu.run(tensors.flatMap((tensor, i) => rewrite(gpu, tensor, clear, { mask: masks[i] })));
}

/** The CPU's way, on the bits of elements and the words of a mask. */
export function clearBits(bits: Bits, words: Uint32Array): void {
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === 0xffffffff) continue;
    const end = Math.min((at + 1) * WORD, bits.length);
    for (let i = at * WORD; i < end; i++) if ((word >>> (i % WORD) & 1) === 0) bits[i] = 0;
  }
}

const clear: Change = {
  name: "applyMask",
  members: "",
  masked: true,
  code: `
fn change(bits: u32, i: u32) -> u32 {
  return select(0u, bits, ((stays[p.stays + i / ${WORD}u] >> (i % ${WORD}u)) & 1u) == 1u);
}`,
};
