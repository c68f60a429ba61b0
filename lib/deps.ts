/**
 * Every npm dependency of `lib`, in full and pinned, in one place.
 *
 * Once a library is imported by URL its own import map is ignored, so nothing here may be a bare name.
 * What is heavy is a function that imports it when it is first used.
 */
export { Tensor } from "npm:onnxruntime-common@1.30.0";
export type { InferenceSession } from "npm:onnxruntime-common@1.30.0";
export { deflateSync, inflateSync, zipSync, zlibSync } from "npm:fflate@0.8.3";

/** The JPEG decoder. */
export const importJpeg = (): Promise<typeof import("npm:jpeg-js@0.4.4")> => import("npm:jpeg-js@0.4.4");

/** ONNX Runtime as native code, for Deno and Node. */
export const importOrtNode = (): Promise<typeof import("npm:onnxruntime-node@1.30.0")> =>
  import("npm:onnxruntime-node@1.30.0");

/** ONNX Runtime in WebAssembly on the CPU. */
export const importOrtWasm = (): Promise<typeof import("npm:onnxruntime-web@1.30.0")> =>
  import("npm:onnxruntime-web@1.30.0");

/** ONNX Runtime in WebAssembly with WebGPU kernels. */
export const importOrtWebgpu = (): Promise<typeof import("npm:onnxruntime-web@1.30.0/webgpu")> =>
  import("npm:onnxruntime-web@1.30.0/webgpu");
