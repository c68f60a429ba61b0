import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { type Pruning, requirePruning } from "../sparse_gpt/sparse_gpt_options.ts";
import { maskTwin } from "./wanda_mask_cpu.ts";
import { maskOnGpu } from "./wanda_mask_passes.ts";
import { requireScored } from "./wanda_score.ts";

/** Which weights of each row go. */
export type WandaOptions = Omit<Pruning, "referenceCompatible">;

/**
 * Which weights stay when those of the smallest {@linkcode wandaScore} go, compared within each row:
 * ⌊sparsity · columns⌋ of them, or m − n of every m neighbours; of equal scores those first in the row. On
 * the CPU and a GPU the same go, but where scores are subnormal, which a GPU may take for 0.
 *
 * Nothing else changes: `applyMask` sets them to 0. NaN counts as larger than infinity. On a GPU a workgroup
 * selects in each row, on the bits: the weight is read five times, from the cache if a row fits, and up to
 * four more if scores are equal at the cut; with `nm` it is read once.
 *
 * @param weight [rows, ...], float32, seen as [rows, columns], on the CPU or a GPU
 * @param norms [columns], float32, at the same place
 * @returns uint32[⌈rows · columns / 32⌉], bits in storage order, 1 stays, as of `mask`
 * @throws TypeError where tensors do not fit in shape, type or place; RangeError where a setting is out of
 * bounds
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const weight = float32([1, -2, 3, 0.5], [2, 2]);
 * const bits = await wandaMask(weight, float32([4, 1]), { sparsity: 0.5 });
 * assert.deepEqual([...bits.data], [0b0101]);
 * ```
 */
export async function wandaMask(
  weight: Tensor,
  norms: Tensor,
  options: WandaOptions = {},
): Promise<Tensor> {
  const { sparsity = 0.5, nm } = options;
  const { gpu, rows, columns } = requireScored("wandaMask", weight, norms);
  requirePruning("wandaMask", options, columns);
  const rule = { weight, norms, rows, columns, nm, k: Math.floor(columns * sparsity) };
  return gpu ? await maskOnGpu(gpu, rule) : maskTwin(rule);
}
