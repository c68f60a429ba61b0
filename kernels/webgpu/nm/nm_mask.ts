import { sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { BITS_PER_WORKGROUP, WORD, WRITE_BITS } from "../core/bits_wgsl.ts";
import { type Gpu, grid, type Pass, type Shader } from "../core/gpu.ts";
import {
  bitsOf,
  type FloatType,
  keyBuffer,
  requireFloats,
  sortableBits,
  sortableRule,
} from "../select/float_order.ts";
import {
  bindBlocks,
  blockOf,
  forGroup,
  GROUP_MEMBERS,
  groupParams,
  GROUPS,
  type Groups,
  groupsOf,
  type NmOptions,
} from "./nm_groups.ts";
import { bind, bindingChunks } from "../core/binding_chunks.ts";
import { filled } from "../core/filled.ts";
import { bufferOf, emptyOnGpu } from "../core/tensors.ts";

/**
 * N of every M neighbours along an axis stay: the largest by magnitude, of equal ones those that come last,
 * so that the ones that go are the smallest with ties in storage order. NaN is larger than infinity. A last
 * group of fewer than M also keeps N, or all it has.
 *
 * Source: Mishra et al., "Accelerating Sparse Deep Neural Networks", 2021, section 4 (2:4). Each element is
 * read from memory once, M times from the cache, and an eighth of a byte written for it.
 *
 * @param weight float32 or float16, of at least one axis, on the CPU or a GPU; the mask lies at the same
 * place
 * @returns bits as {@linkcode mask} packs them: uint32[⌈n / 32⌉], in storage order, 1 stays
 * @throws RangeError where N is more than M or the axis is none; TypeError where the type is another
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const bits = await nmMask(float32([1, -4, 3, 2, 5, 5, 5, 5], [2, 4]));
 * assert.deepEqual([...bits.data], [0b1100_0110]);
 * ```
 */
export async function nmMask(weight: Tensor, pattern: NmOptions = {}): Promise<Tensor> {
  const { gpu, type } = requireFloats("nmMask", [weight]);
  const groups = groupsOf("nmMask", weight.dims, pattern);
  if (!gpu) return twin(weight, type, groups);
  const mask = emptyOnGpu(gpu, "uint32", [Math.ceil(sizeOf(weight.dims) / WORD)]);
  return await filled(gpu, mask, () => passes(gpu, weight, mask, groups));
}

function twin(weight: Tensor, type: FloatType, { outer, length, inner, n, m }: Groups): Tensor {
  const bits = bitsOf(weight);
  const { mask, nan } = sortableRule(type);
  const words = new Uint32Array(Math.ceil(bits.length / WORD));
  const keys = new Uint32Array(m);
  for (let line = 0; line < outer; line++) {
    for (let place = 0; place < length; place += m) {
      const size = Math.min(m, length - place);
      for (let i = 0; i < inner; i++) {
        const first = (line * length + place) * inner + i;
        for (let j = 0; j < size; j++) keys[j] = sortableBits(bits[first + j * inner]!, mask, nan);
        forGroup(keys, size, n, (inside, stays) => {
          const at = first + inside * inner;
          if (stays) words[at >>> 5]! |= 1 << (at & 31);
        });
      }
    }
  }
  return new Tensor("uint32", words, [words.length]);
}

function passes(gpu: Gpu, weight: Tensor, mask: Tensor, groups: Groups): Pass[] {
  const bytes = weight.type === "float16" ? 2 : 4;
  const block = groups.m * groups.inner;
  return bindingChunks(gpu, sizeOf(weight.dims), {
    bytesPerElement: bytes,
    unit: WORD,
    reserve: 2 * block * bytes,
  }).map((part) => {
    const x = bindBlocks(gpu, weight, groups, {
      first: blockOf(groups, part.start),
      last: blockOf(groups, part.start + part.count - 1),
    });
    const words = { start: part.start / WORD, count: Math.ceil(part.count / WORD) };
    const bits = bind(gpu, bufferOf(mask), words, 4);
    return {
      shader: shader(weight.type as FloatType),
      bindings: [x.binding, bits.binding],
      params: [part.count, bits.shift, part.start, x.from, ...groupParams(groups)],
      workgroups: grid(Math.ceil(part.count / BITS_PER_WORKGROUP)),
    };
  });
}

function shader(type: FloatType): Shader {
  return {
    name: "nmMask",
    code: `
struct Params { count: u32, bits: u32, start: u32, from_element: u32, ${GROUP_MEMBERS} }
@group(0) @binding(0) var<uniform> p: Params;
${keyBuffer("x", 1, type)}
@group(0) @binding(2) var<storage, read_write> bits: array<u32>;
fn key(at: u32) -> u32 { return key_x(at - p.from_element); }
${GROUPS}
fn stays(i: u32) -> bool {
  let at = p.start + i;
  return stays_in(group_of(at), place_of(at) % p.m);
}
${WRITE_BITS}`,
  };
}
