import { GGML_TYPES } from "../../../lib/formats/ggml/types.ts";

/**
 * Block formats of ggml that kernels read and write, of those in which GGUF files hold quantized weights:
 *
 * - `Q8_0`: 32 weights in 34 bytes, d·q: d a half float, q from −127 to 127
 * - `Q4_K`: 256 weights in 144 bytes, d·s·q − m·t in eight runs of 32: d and m half floats, s and t six
 *   bits for each run, q four bits for each weight
 */
export type GgmlType = "Q8_0" | "Q4_K";

/** Weights and bytes of a block. */
export const GGML_BLOCKS: Readonly<Record<GgmlType, { weights: number; bytes: number }>> = {
  Q8_0: GGML_TYPES.Q8_0,
  Q4_K: GGML_TYPES.Q4_K,
};
