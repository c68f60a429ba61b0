/**
 * Block formats of ggml, in which GGUF files hold quantized weights:
 *
 * - `Q8_0`: 32 weights in 34 bytes, d·q: d a half float, q from −127 to 127
 * - `Q4_K`: 256 weights in 144 bytes, d·s·q − m·t in eight runs of 32: d and m half floats, s and t six
 *   bits for each run, q four bits for each weight
 */
export type GgmlType = "Q8_0" | "Q4_K";

/** Weights and bytes of a block. */
export const GGML_BLOCKS: Readonly<Record<GgmlType, { weights: number; bytes: number }>> = {
  Q8_0: { weights: 32, bytes: 34 },
  Q4_K: { weights: 256, bytes: 144 },
};
