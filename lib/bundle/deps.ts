/** Packages that a page may use, by specifier, in so many words: bundlers take along what they can read. */
export const PAGE_PACKAGES = {
  "npm:onnxruntime-web@1.30.0": () => import("npm:onnxruntime-web@1.30.0"),
  "npm:onnxruntime-web@1.30.0/webgpu": () => import("npm:onnxruntime-web@1.30.0/webgpu"),
  "npm:jpeg-js@0.4.4": () => import("npm:jpeg-js@0.4.4"),
  "npm:@huggingface/tokenizers@0.2.0": () => import("npm:@huggingface/tokenizers@0.2.0"),
  "npm:@huggingface/jinja@0.5.11": () => import("npm:@huggingface/jinja@0.5.11"),
  "npm:openai@7.59.0": () => import("npm:openai@7.59.0"),
} as const;
