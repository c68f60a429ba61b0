import { RangeError } from "../../../lib/errors.ts";
import { sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import type { Gpu } from "../core/gpu.ts";
import { gram } from "./gram.ts";
import { toGpu } from "../core/tensors.ts";

/** The Hessian of a layer's squared output error, while calibration data come in. */
export interface Hessian {
  /** H = 2/sequences · Σ x xᵀ over the tokens x so far, [features, features], float32. */
  h: Tensor;
  /** Rounding error of H in float32, for the sums to come. */
  residual: Tensor;
  /** Number of sequences. */
  sequences: number;
}

/** The Hessian of a layer with so many input features before any data came, on a GPU or else on the CPU. */
export function newHessian(features: number, gpu?: Gpu): Hessian {
  const zeros = () => {
    const tensor = new Tensor("float32", new Float32Array(features * features), [features, features]);
    return gpu ? toGpu(gpu, tensor) : tensor;
  };
  return { h: zeros(), residual: zeros(), sequences: 0 };
}

/**
 * Adds the inputs of a layer on a batch of calibration data, in place:
 * H ← n/(n + k) · H + 2/(n + k) · Σ x xᵀ for k sequences more than n.
 *
 * The divisor counts sequences, not tokens, as the reference implementation of SparseGPT does
 * (IST-DASLab/sparsegpt, `add_batch`); SparseGPT's masks and updates do not depend on it.
 *
 * @param x [..., features], float32 or float16, at the place of the Hessian; [sequences, tokens, features],
 * say
 * @param options.sequences in x. Default: the first of three or more dimensions, otherwise 1
 * @throws TypeError where the tensors do not fit in shape, type or place; RangeError where `sequences` is no
 * count
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const hessian = newHessian(2);
 * await addToHessian(hessian, float32([1, 2, 3, 4], [2, 2])); // one sequence of two tokens
 * await addToHessian(hessian, float32([5, 6], [1, 2]));
 * assert.deepEqual([...hessian.h.data], [35, 44, 44, 56]);
 * ```
 */
export async function addToHessian(
  hessian: Hessian,
  x: Tensor,
  { sequences = x.dims.length > 2 ? x.dims[0]! : 1 }: { sequences?: number } = {},
): Promise<void> {
  if (!Number.isSafeInteger(sequences) || sequences < 0) {
    throw new RangeError(`Cannot add to a Hessian: sequences is ${sequences}, expected a count`);
  }
  if (sequences === 0 && sizeOf(x.dims) === 0) return;
  const all = hessian.sequences + sequences;
  if (all === 0) throw new RangeError("Cannot add to a Hessian: there are tokens, but of 0 sequences");
  await gram(hessian.h, x, {
    scale: 2 / all,
    keep: hessian.sequences / all,
    residual: hessian.residual,
  });
  hessian.sequences = all;
}
