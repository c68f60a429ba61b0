import { requireOptions } from "../options.ts";
import type { NmPattern } from "../../kernels/webgpu/nm/nm_groups.ts";
import { nmMask } from "../../kernels/webgpu/nm/nm_mask.ts";
import { weightsOf } from "../nn/weights.ts";
import type { Model } from "../onnx/model.ts";
import { factsOf } from "../onnx/operators/table.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import { consumers, type Use } from "../onnx/topology.ts";
import { float32Of } from "../tensor/arrays.ts";
import { sizeOf, Tensor } from "../tensor/tensor.ts";
import { isPrunable } from "./is_prunable.ts";
import type { Mask, Masks } from "../train/weight_mask.ts";

/**
 * Masks of N:M sparsity by magnitude: the N largest of every M neighbours along the axis that a product sums
 * over stay, as sparse matrix units want them. Layers where M does not divide that axis, such as the one that
 * reads three colours, are left out, and so are weights that are not stored as they are multiplied, by one
 * reader at least, or that one reader sums over along another axis than another does. Weights of other floats
 * are ranked as float32.
 *
 * Source: Mishra et al., "Accelerating Sparse Deep Neural Networks", 2021, sections 3 and 4 (2:4).
 *
 * @param options.n default 2
 * @param options.m default 4
 * @throws RangeError where N is more than M, or they are no whole numbers
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 * import { sparsityOf } from "./masks.ts";
 *
 * const model = mlp({ sizes: [8, 16, 4] });
 * assert.equal(sparsityOf(model, await nmMasks(model, { n: 1, m: 4 })).ofMasked, 0.75);
 * ```
 */
export async function nmMasks(
  model: Model,
  options: Partial<NmPattern> = {},
): Promise<Masks> {
  requireOptions("nmMasks", options, { n: true, m: true });
  const { n = 2, m = 4 } = options;
  const masks: [string, Mask][] = [];
  const plain = constantsToInitializers(model);
  const uses = consumers(plain.graph);
  for (const { name, tensor } of weightsOf(plain).filter(isPrunable)) {
    const { dims } = tensor;
    const axis = summedAxis(uses.get(name) ?? [], dims.length);
    if (axis === undefined || dims[axis]! % m !== 0) continue;
    const ranked = new Tensor("float32", float32Of(tensor), dims);
    masks.push([name, bitsOf(dims, await nmMask(ranked, { n, m, axis }))]);
  }
  return Object.fromEntries(masks);
}

/**
 * The axis of a stored operand that the products that read it sum over, where it is one, the same for all of
 * them, and none reads it in another form.
 */
function summedAxis(uses: readonly Use[], rank: number): number | undefined {
  const axes = new Set(
    uses.flatMap(({ node, index }): (number | undefined)[] => {
      const { learned, view } = factsOf(node);
      const { summed } = learned?.[index]?.axes?.(node, rank) ?? {};
      if (summed) return [summed.length === 1 ? summed[0] : undefined];
      return view ? [undefined] : [];
    }),
  );
  const [axis] = axes;
  return axes.size === 1 ? axis : undefined;
}

/** A kernel's mask, of words, as one of bytes. */
function bitsOf(dims: readonly number[], { data }: { data: unknown }): Mask {
  const { buffer, byteOffset } = data as Uint32Array<ArrayBuffer>;
  return { dims, bits: new Uint8Array(buffer, byteOffset, Math.ceil(sizeOf(dims) / 8)) };
}
