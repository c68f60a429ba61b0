/**
 * Compute kernels for pruning: on a GPU in WGSL, on the CPU by a twin that gives the same answer.
 *
 * A kernel takes and returns tensors of onnxruntime-common wherever they lie: what is on a GPU stays there, so kernels
 * work on the very buffers that a session on WebGPU computes with.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../lib/onnx/tensor.ts";
 *
 * const weights = [float32([0.1, -2, 0.3, 4])]; // on the CPU; toGpu(await openGpu(), …) brings them to a GPU
 * assert.equal((await threshold(weights, 0.5)).value, Math.fround(0.3));
 * ```
 *
 * @module
 */
export { type AttentionInputs, topKAttention, type TopKOptions, topKSoftmax } from "./top_k_attention.ts";
export { type EdgeStates, type MessageOptions, messagePassing, type NodeStates } from "./message_passing.ts";
export { type Gpu, type GpuCounters, gpuOn, type GpuOptions, openGpu } from "./gpu.ts";
export { claim, emptyOnGpu, toCpu, toGpu } from "./tensors.ts";
export { importance, type ImportanceOptions, type Measure } from "./importance.ts";
export { kthValue, kthValues, threshold } from "./kth_value.ts";
export type { Threshold } from "./magnitude.ts";
export { mask } from "./mask.ts";
export { softShrink, type SoftShrinkOptions } from "./soft_shrink.ts";
export { hardThreshold } from "./hard_threshold.ts";
export { applyMask } from "./apply_mask.ts";
export { nmMask } from "./nm_mask.ts";
export { nmPack, type NmPacked, nmUnpack } from "./nm_pack.ts";
export { isNm } from "./is_nm.ts";
export type { NmPattern } from "./nm_groups.ts";
export { embeddingMask, type EmbeddingMaskOptions, type EmbeddingRows } from "./embedding_mask.ts";
export {
  dequantizeBlocks,
  quantizeBlocks,
  type QuantizedBits,
  type QuantizedBlocks,
  type QuantizeOptions,
} from "./quantize_blocks.ts";
export { GGML_BLOCKS, type GgmlType, packGgml, unpackGgml } from "./ggml_blocks.ts";
export { matmul, type MatmulOptions } from "./matmul.ts";
export { gram, type GramOptions } from "./gram.ts";
export { addToHessian, type Hessian, newHessian } from "./hessian.ts";
export { cholesky, type CholeskyOptions } from "./cholesky.ts";
export { choleskyInverse } from "./cholesky_inverse.ts";
export { sparseGpt, type SparseGptOptions, type SparseGptResult } from "./sparse_gpt.ts";
export { sparseGptBlock, type SparseGptBlockOptions } from "./sparse_gpt_block.ts";
export type { Pruning } from "./sparse_gpt_work.ts";
export { wandaMask, type WandaOptions, wandaScore } from "./wanda_score.ts";
export { spmm } from "./spmm.ts";
export { type SparseRows, sparseRows } from "./sparse_rows.ts";
export { sparseConvolution, type SparseConvolutionOptions } from "./sparse_convolution.ts";
