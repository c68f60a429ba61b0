import { sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { type Bits, bitsOf, type FloatType, sortableBits, sortableRule } from "../select/float_order.ts";
import { forGroup, type Groups, startOf } from "./nm_groups.ts";

/** How places are packed into words. */
export function placeBits(m: number): { bits: number; perWord: number } {
  const bits = Math.max(Math.ceil(Math.log2(m)), 1);
  return { bits, perWord: Math.floor(32 / bits) };
}

/** Shape of the values that stay. */
export function packedDims(dims: readonly number[], { axis, perLine, n }: Groups): number[] {
  return dims.map((dim, i) => i === axis ? perLine * n : dim);
}

/** Values and places of those that stay, on the CPU. */
export function packTwin(
  weight: Tensor,
  type: FloatType,
  groups: Groups,
): { values: Tensor; indices: Tensor } {
  const { inner, n, m, outer, perLine } = groups;
  const dims = packedDims(weight.dims, groups);
  const [from, size] = [bitsOf(weight), sizeOf(dims)];
  const values = empty(type, dims);
  const to = bitsOf(values);
  const { bits, perWord } = placeBits(m);
  const indices = new Uint32Array(Math.ceil(size / perWord));
  const { mask, nan } = sortableRule(type);
  const keys = new Uint32Array(m);
  for (let block = 0; block < outer * perLine; block++) {
    const start = startOf(groups, block);
    const count = (startOf(groups, block + 1) - start) / inner;
    for (let i = 0; i < inner; i++) {
      for (let j = 0; j < count; j++) keys[j] = sortableBits(from[start + j * inner + i]!, mask, nan);
      let at = block * n * inner + i;
      const put = (inside: number, value: number) => {
        to[at] = value;
        indices[Math.floor(at / perWord)]! |= inside << (at % perWord * bits);
        at += inner;
      };
      forGroup(keys, count, n, (inside, stays) => {
        if (stays) put(inside, from[start + inside * inner + i]!);
      });
      for (let inside = count; inside < n; inside++) put(inside, 0);
    }
  }
  return { values, indices: new Tensor("uint32", indices, [indices.length]) };
}

/** The whole tensor again, on the CPU. */
export function unpackTwin(values: Tensor, indices: Tensor, dims: readonly number[], groups: Groups): Tensor {
  const { inner, n, m } = groups;
  const weight = empty(values.type as FloatType, dims);
  const [from, to, words] = [bitsOf(values), bitsOf(weight), indices.data as Uint32Array];
  const { bits, perWord } = placeBits(m);
  for (let at = 0; at < from.length; at++) {
    const inside = words[Math.floor(at / perWord)]! >>> (at % perWord * bits) & (2 ** bits - 1);
    const block = Math.floor(at / (n * inner));
    const place = startOf(groups, block) + inside * inner + at % inner;
    if (place < startOf(groups, block + 1)) to[place] = from[at]!;
  }
  return weight;
}

function empty(type: FloatType, dims: readonly number[]): Tensor {
  const size = sizeOf(dims);
  const bits: Bits = type === "float16" ? new Uint16Array(size) : new Uint32Array(size);
  if (type === "float32") return new Tensor("float32", new Float32Array(bits.buffer), dims);
  return new Tensor("float16", new Uint16Array(bits.buffer), dims);
}
