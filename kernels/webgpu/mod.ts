/**
 * Compute kernels for pruning: on a GPU in WGSL, on the CPU by a twin that gives the same answer.
 *
 * A kernel takes and returns tensors of onnxruntime-common wherever they lie: what is on a GPU stays there,
 * so kernels work on the very buffers that a session on WebGPU computes with.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../lib/tensor/tensor.ts";
 *
 * const weights = [float32([0.1, -2, 0.3, 4])]; // on the CPU; toGpu(await openGpu(), …) brings them to a GPU
 * assert.equal((await threshold(weights, 0.5)).value, Math.fround(0.3));
 * ```
 *
 * @module
 */
export {
  type AttentionInputs,
  topKAttention,
  type TopKOptions,
  topKSoftmax,
} from "./attention/top_k_attention.ts";
export {
  type EdgeStates,
  type MessageOptions,
  messagePassing,
  type NodeStates,
} from "./graph/message_passing.ts";
export {
  type Binding,
  type Gpu,
  type GpuCounters,
  gpuOn,
  type GpuOptions,
  openGpu,
  type Pass,
  type Shader,
} from "./core/gpu.ts";
export type { FoundDevice } from "./core/device.ts";
export { claim, emptyOnGpu, type KernelType, toCpu, toGpu } from "./core/tensors.ts";
export { importance, type ImportanceOptions, type Measure } from "./select/importance.ts";
export { kthValue, kthValues, threshold } from "./select/kth_value.ts";
export type { Threshold } from "./select/float_order.ts";
export { mask } from "./select/mask.ts";
export { softShrink, type SoftShrinkOptions } from "./select/soft_shrink.ts";
export { hardThreshold } from "./select/hard_threshold.ts";
export { applyMask } from "./select/apply_mask.ts";
export { nmMask } from "./nm/nm_mask.ts";
export { nmPack, type NmPacked, nmUnpack } from "./nm/nm_pack.ts";
export { isNm } from "./nm/is_nm.ts";
export type { NmOptions, NmPattern } from "./nm/nm_groups.ts";
export { embeddingMask, type EmbeddingMaskOptions, type EmbeddingRows } from "./select/embedding_mask.ts";
export {
  dequantizeBlocks,
  quantizeBlocks,
  type QuantizedBits,
  type QuantizedBlocks,
  type QuantizeOptions,
} from "./quantize/quantize_blocks.ts";
export { packGgml, unpackGgml } from "./quantize/ggml_blocks.ts";
export { GGML_BLOCKS, type GgmlType } from "./quantize/ggml_layout.ts";
export { matmul, type MatmulOptions } from "./linear/matmul.ts";
export { gram, type GramOptions } from "./linear/gram.ts";
export { addToHessian, type Hessian, newHessian } from "./linear/hessian.ts";
export { cholesky } from "./linear/cholesky.ts";
export { type CholeskyOptions } from "./linear/cholesky_work.ts";
export { choleskyInverse } from "./linear/cholesky_inverse.ts";
export { sparseGpt, type SparseGptOptions, type SparseGptResult } from "./sparse_gpt/sparse_gpt.ts";
export { sparseGptBlock } from "./sparse_gpt/sparse_gpt_block.ts";
export { type SparseGptBlockOptions } from "./sparse_gpt/sparse_gpt_options.ts";
export type { Pruning } from "./sparse_gpt/sparse_gpt_options.ts";
export { wandaMask, type WandaOptions } from "./select/wanda_mask.ts";
export { wandaScore } from "./select/wanda_score.ts";
export { spmm } from "./sparse/spmm.ts";
export { type SparseRows, sparseRows } from "./sparse/sparse_rows.ts";
export { sparseConvolution, type SparseConvolutionOptions } from "./sparse/sparse_convolution.ts";
