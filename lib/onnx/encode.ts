import type { Model } from "./model.ts";

/** The model as the bytes of an .onnx file. */
export function encodeModel(_model: Model): Uint8Array {
  throw new Error("encodeModel is not written yet");
}
