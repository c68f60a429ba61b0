import { sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { BITS_PER_WORKGROUP, WORD, WRITE_BITS } from "../core/bits_wgsl.ts";
import { type Gpu, grid, type Pass, type Shader } from "../core/gpu.ts";
import {
  type Bits,
  bitsOf,
  type Cutoff,
  cutoffsOf,
  type FloatType,
  keyBuffer,
  requireFloats,
  sortableRule,
  type Threshold,
  UNDER,
} from "./float_order.ts";
import { bind, bindingChunks } from "../core/binding_chunks.ts";
import { filled } from "../core/filled.ts";
import { bufferOf, emptyOnGpu } from "../core/tensors.ts";

/**
 * Which elements are not under a threshold: 1 stays, 0 goes. A bit for each element in storage order, packed
 * into 32-bit words from the lowest bit on; bits behind the last element are 0.
 *
 * Each element is read once, and an eighth of a byte written for it. NaN is above all thresholds but its own.
 *
 * @param tensors float32 or float16, of any shapes, on the CPU or a GPU; the masks lie at the same place
 * @param thresholds one for each tensor, or one for all together, as {@linkcode kthValue} gives it
 * @returns uint32[⌈n / 32⌉] for each tensor of n elements
 * @throws TypeError where the tensors' types or places differ, or there are not as many thresholds;
 * RangeError where a threshold is none
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 * import { kthValue } from "./kth_value.ts";
 *
 * const weights = [float32([0.5, -2, 0.25, 3, -0.5])];
 * const [bits] = await mask(weights, await kthValue(weights, 2)); // 0.25 goes, and the first of the two ±0.5
 * assert.deepEqual([...bits!.data], [0b11010]);
 * ```
 */
export async function mask(
  tensors: readonly Tensor[],
  thresholds: Threshold | readonly Threshold[],
): Promise<Tensor[]> {
  const { gpu, type } = requireFloats("mask", tensors);
  const cuts = cutoffsOf("mask", tensors, thresholds);
  if (!gpu) return tensors.map((tensor, i) => twin(tensor, type, cuts[i]!));
  const masks = tensors.map(({ dims }) => emptyOnGpu(gpu, "uint32", [Math.ceil(sizeOf(dims) / WORD)]));
  return await filled(
    gpu,
    masks,
    () => tensors.flatMap((tensor, i) => passes(gpu, { tensor, mask: masks[i]!, type }, cuts[i]!)),
  );
}

function twin(tensor: Tensor, type: FloatType, { key: cut, ties }: Cutoff): Tensor {
  const bits = bitsOf(tensor);
  const words = new Int32Array(Math.ceil(bits.length / WORD));
  setStaying(words, bits, type, { from: 0, to: ties, last: cut });
  setStaying(words, bits, type, { from: ties, to: bits.length, last: cut - 1 });
  return new Tensor("uint32", new Uint32Array(words.buffer), [words.length]);
}

/** Sets the bits of those elements of a range whose key is above the `last` one that goes. */
function setStaying(
  words: Int32Array,
  bits: Bits,
  type: FloatType,
  { from, to, last: asked }: { from: number; to: number; last: number },
): void {
  const { mask, nan } = sortableRule(type);
  const last = asked < nan ? asked : mask; // All NaN have one key.
  // A difference's sign in place of a branch, which would be guessed wrong too often.
  const stays = (i: number) => (last - (bits[i]! & mask)) >>> 31;
  let i = from;
  for (; i < to && i % WORD > 0; i++) words[i >>> 5]! |= stays(i) << i;
  for (; i + WORD <= to; i += WORD) {
    let word = 0;
    for (let bit = 0; bit < WORD; bit += 4) {
      const at = i + bit;
      word |= (stays(at) | stays(at + 1) << 1 | stays(at + 2) << 2 | stays(at + 3) << 3) << bit;
    }
    words[i >>> 5] = word;
  }
  for (; i < to; i++) words[i >>> 5]! |= stays(i) << i;
}

function passes(
  gpu: Gpu,
  { tensor, mask, type }: { tensor: Tensor; mask: Tensor; type: FloatType },
  { key, ties }: Cutoff,
): Pass[] {
  const bytes = type === "float16" ? 2 : 4;
  return bindingChunks(gpu, sizeOf(tensor.dims), { bytesPerElement: bytes, unit: WORD }).map((part) => {
    const x = bind(gpu, bufferOf(tensor), part, bytes);
    const words = { start: part.start / WORD, count: Math.ceil(part.count / WORD) };
    const bits = bind(gpu, bufferOf(mask), words, 4);
    return {
      shader: shader(type),
      bindings: [x.binding, bits.binding],
      params: [part.count, x.shift, bits.shift, key, Math.max(ties - part.start, 0)],
      workgroups: grid(Math.ceil(part.count / BITS_PER_WORKGROUP)),
    };
  });
}

function shader(type: FloatType): Shader {
  return {
    name: "mask",
    code: `
struct Params { count: u32, x: u32, bits: u32, cut: u32, ties: u32 }
@group(0) @binding(0) var<uniform> p: Params;
${keyBuffer("x", 1, type)}
@group(0) @binding(2) var<storage, read_write> bits: array<u32>;
${UNDER}
fn stays(i: u32) -> bool { return !under(key_x(p.x + i), i); }
${WRITE_BITS}`,
  };
}
