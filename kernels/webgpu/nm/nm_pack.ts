import { TypeError } from "../../../lib/errors.ts";
import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { filled } from "../core/filled.ts";
import { emptyOnGpu, gpuOf, requireType } from "../core/tensors.ts";
import { requireFloats } from "../select/float_order.ts";
import { groupsOf, type NmOptions } from "./nm_groups.ts";
import { packedDims, packTwin, placeBits, unpackTwin } from "./nm_pack_cpu.ts";
import { packPasses, unpackPasses } from "./nm_pack_passes.ts";

/** A tensor of N:M sparsity without its zeros. */
export interface NmPacked {
  /**
   * N numbers of each group, in the order in which they stood: the shape of the tensor, but along the axis
   * N·⌈length / M⌉. A shorter last group of fewer than N is filled up with zeros.
   */
  values: Tensor;
  /**
   * The place of each value in its group, in the order of the values, in ⌈log₂ M⌉ bits (at least one), ⌊32 /
   * bits⌋ to a word from the lowest bits on: uint32.
   */
  indices: Tensor;
  /** Shape of the whole tensor. */
  dims: readonly number[];
  /** Number of every {@linkcode m} weights that stay. */
  n: number;
  /** Weights of a group. */
  m: number;
  /** Not negative. */
  axis: number;
}

/**
 * Packs a tensor to the N largest of every M neighbours along an axis and their places: 2:4 of float32 takes
 * 56 % of the memory, of float16 62 %. Who stays is decided as in {@linkcode nmMask}; what goes is zero
 * afterwards, so of a tensor that has the pattern {@linkcode nmUnpack} gives back every bit but the signs of
 * zeros.
 *
 * @param weight float32 or float16, of at least one axis, on the CPU or a GPU; the result lies at the same
 * place
 * @throws RangeError where N is more than M or the axis is none; TypeError where the type is another
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const packed = await nmPack(float32([0, 5, 0, -6, 7, 0, 0, 8], [2, 4]));
 * assert.deepEqual([...packed.values.data], [5, -6, 7, 8]);
 * assert.deepEqual([...packed.indices.data], [0b11_00_11_01]);
 * ```
 */
export async function nmPack(weight: Tensor, pattern: NmOptions = {}): Promise<NmPacked> {
  const { gpu, type } = requireFloats("nmPack", [weight]);
  const groups = groupsOf("nmPack", weight.dims, pattern);
  const { n, m, axis } = groups;
  const about = { dims: weight.dims, n, m, axis };
  if (!gpu) return { ...packTwin(weight, type, groups), ...about };
  const values = emptyOnGpu(gpu, type, packedDims(weight.dims, groups));
  const words = Math.ceil(sizeOf(values.dims) / placeBits(m).perWord);
  const indices = emptyOnGpu(gpu, "uint32", [words]);
  await filled(gpu, [values, indices], () => [
    ...packPasses(gpu, { weight, packed: values, groups, of: "values" }),
    ...packPasses(gpu, { weight, packed: indices, groups, of: "indices" }),
  ]);
  return { values, indices, ...about };
}

/**
 * The tensor that was packed, with zeros where it had others.
 *
 * @throws TypeError where the parts of the packed tensor do not fit in shape, type or place; RangeError where
 * its pattern is none
 */
export async function nmUnpack({ values, indices, dims, ...pattern }: NmPacked): Promise<Tensor> {
  const gpu = gpuOf("nmUnpack", { values, indices });
  const { type } = requireFloats("nmUnpack", [values]);
  requireType(indices.type, ["uint32"], "nmUnpack", '"indices"');
  const groups = groupsOf("nmUnpack", dims, pattern);
  const expected = packedDims(dims, groups);
  const words = Math.ceil(sizeOf(expected) / placeBits(groups.m).perWord);
  if (values.dims.join() !== expected.join() || sizeOf(indices.dims) !== words) {
    throw new TypeError(
      `Cannot run nmUnpack: values are [${values.dims.join(", ")}] with ${
        sizeOf(indices.dims)
      } words of indices, ` +
        `expected [${
          expected.join(", ")
        }] with ${words} for ${groups.n} of ${groups.m} along axis ${groups.axis} of [${dims.join(", ")}]`,
    );
  }
  if (!gpu) return unpackTwin(values, indices, dims, groups);
  const weight = emptyOnGpu(gpu, type, dims);
  return await filled(gpu, weight, () => unpackPasses(gpu, { weight, values, indices, groups }));
}
