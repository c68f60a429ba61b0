/** Packages that a page may use, by specifier, in so many words: bundlers take along what they can read. */
export const PAGE_PACKAGES = {
  // Without its WebGPU, which is in the next one: half the size.
  "npm:onnxruntime-web@1.30.0": () => import("npm:onnxruntime-web@1.30.0/wasm"),
  "npm:onnxruntime-web@1.30.0/webgpu": () => import("npm:onnxruntime-web@1.30.0/webgpu"),
  "npm:jpeg-js@0.4.4": () => import("npm:jpeg-js@0.4.4"),
  "npm:@huggingface/tokenizers@0.2.0": () => import("npm:@huggingface/tokenizers@0.2.0"),
  "npm:@huggingface/jinja@0.5.11": () => import("npm:@huggingface/jinja@0.5.11"),
  "npm:openai@7.59.0": () => import("npm:openai@7.59.0"),
} as const;

/**
 * Files that have to lie beside a bundle whose engines run, or where `wasmPaths` says: WebAssembly alone, and
 * with WebGPU. The `.mjs` are needed for threads, and where `wasmPaths` is given.
 */
export const WASM_FILES: readonly string[] = [
  "npm:onnxruntime-web@1.30.0/ort-wasm-simd-threaded.mjs",
  "npm:onnxruntime-web@1.30.0/ort-wasm-simd-threaded.wasm",
  "npm:onnxruntime-web@1.30.0/ort-wasm-simd-threaded.asyncify.mjs",
  "npm:onnxruntime-web@1.30.0/ort-wasm-simd-threaded.asyncify.wasm",
];
