/**
 * Engines that run models: ONNX Runtime as native code, on WebGPU and in WebAssembly, behind one interface.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../onnx/mod.ts";
 * import { mlp } from "../nn/mod.ts";
 * import { engines, runModel } from "./mod.ts";
 *
 * const { logits } = await runModel(mlp({ sizes: [2, 3] }), { input: float32([1, 2], [1, 2]) });
 * assert.deepEqual(logits!.dims, [1, 3]);
 * assert.equal((await engines()).filter(({ automatic }) => automatic).length, 1);
 * ```
 *
 * @module
 */
export { type EngineReport, engines, type OpenOptions, openRuntime } from "./engines.ts";
export { runModel, type RunModelOptions } from "./run_model.ts";
export { type EngineName, type Runtime, type Session, type SessionOptions, type Tensors } from "./runtime.ts";
export { foldConstants, type FoldOptions } from "./fold_constants.ts";
