/**
 * Packages with native code, and those of notebooks and of processes beside a program, in so many words:
 * `deno cache` of this file fetches them beforehand, and `deno compile --include` takes them along.
 */
export const NATIVE_PACKAGES = {
  "npm:onnxruntime-node@1.30.0": () => import("npm:onnxruntime-node@1.30.0"),
  "npm:@duckdb/node-api@1.5.6-r.1": () => import("npm:@duckdb/node-api@1.5.6-r.1"),
  "npm:@resvg/resvg-js@2.6.2": () =>
    // @ts-types="../../plot/resvg_types.ts"
    import("npm:@resvg/resvg-js@2.6.2"),
  "npm:pyodide@314.0.7": () => import("npm:pyodide@314.0.7"),
  "npm:typescript@5.9.3": () => import("npm:typescript@5.9.3"),
} as const;
