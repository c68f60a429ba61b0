/**
 * Files of other programs: PyTorch checkpoints, safetensors, NumPy arrays and images as bytes, read without
 * running code.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../onnx/mod.ts";
 * import { decodeSafetensors, encodeSafetensors } from "./mod.ts";
 *
 * const bytes = encodeSafetensors({ weight: float32([1, 2, 3, 4], [2, 2]) });
 * assert.deepEqual(decodeSafetensors(bytes).tensors.weight!.dims, [2, 2]);
 * ```
 *
 * @module
 */
export { crop, type Rectangle } from "./crop.ts";
export { decodeImage } from "./decode_image.ts";
export type { Image } from "./image.ts";
export { loadCheckpoint, type LoadCheckpointOptions } from "./load_checkpoint.ts";
export { decodeNpy, encodeNpy } from "./npy.ts";
export { decodeNpz } from "./npz.ts";
export { encodePng } from "./png.ts";
export { decodeBlocks } from "./ggml/decode_blocks.ts";
export { encodeBlocks, type EncodeOptions } from "./ggml/encode_blocks.ts";
export { bitsPerWeight, type GgmlType, type WritableGgmlType } from "./ggml/types.ts";
export { type Gguf, type GgufTensor, openGguf } from "./gguf/open_gguf.ts";
export {
  type GgufArray,
  type GgufMetadata,
  type GgufNumbers,
  type GgufNumberType,
  type GgufType,
  type GgufValue,
} from "./gguf/values.ts";
export { decodeImatrix, encodeImatrix, type Imatrix } from "./gguf/imatrix.ts";
export { encodeGguf, type GgufContent, type GgufPart, writeGguf } from "./gguf/write_gguf.ts";
export { type Source } from "./read_source.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  type EncodeSafetensorsOptions,
  type Safetensors,
} from "./safetensors.ts";
export { leftOut } from "./left_out.ts";
export { NotFoundError } from "../files/not_found.ts";
export { type Limits, limits, setLimits } from "../limits.ts";
