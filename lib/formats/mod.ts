/**
 * Files of other programs: PyTorch checkpoints, safetensors, NumPy arrays and images as bytes, read without
 * running code.
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
export { type Source } from "./read_source.ts";
export { decodeSafetensors, encodeSafetensors, type Safetensors } from "./safetensors.ts";
export { leftOut } from "./left_out.ts";
export { NotFoundError } from "../files/not_found.ts";
