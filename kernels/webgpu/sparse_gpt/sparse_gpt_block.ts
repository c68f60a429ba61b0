import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { blockOnGpu } from "./sparse_gpt_passes.ts";
import { blockOnCpu } from "./sparse_gpt_cpu.ts";
import { checkBlock, type SparseGptBlockOptions } from "./sparse_gpt_options.ts";

/**
 * Prunes a block of columns of a weight as SparseGPT does, in place: column by column what goes is set to 0,
 * and the error that this makes is made up for by the columns behind it, in the block and then behind the
 * block.
 *
 * For column j, with U the upper factor of the inverse Hessian: e = (w_j − q_j) / U_jj, loss += e² / 2, and
 * w_k ← w_k − e · U_jk for all k > j, where q_j is 0 for weights that go, and w_j, or what it is quantised
 * to, for those that stay. Those go whose scores (w_j / U_jj)² are smallest in the block; with `nm` in each
 * group of a row, when its first column is reached.
 *
 * rows · size · (size + 2 · columns behind) operations, most of them in `matmul`'s tiles. On the CPU in
 * float64. A row with NaN is spoiled from there on, and no other. Source: E. Frantar, D. Alistarh,
 * "SparseGPT: Massive Language Models Can Be Accurately Pruned in One-Shot", 2023, algorithm 1.
 *
 * @param weight [rows, ...], float32, seen as [rows, columns], on the CPU or a GPU
 * @param factor [columns, columns], float32, of `choleskyInverse`, at the same place as all tensors
 * @throws TypeError where tensors do not fit in shape, type or place; RangeError where a setting is out of
 * bounds; nothing is written then
 */
export async function sparseGptBlock(
  weight: Tensor,
  factor: Tensor,
  options: SparseGptBlockOptions,
): Promise<void> {
  const { gpu, block } = checkBlock(weight, factor, options);
  if (gpu) await blockOnGpu(gpu, block);
  else blockOnCpu(block);
}
