/**
 * Engines that run models: ONNX Runtime as native code, on WebGPU and in WebAssembly, behind one interface.
 *
 * @module
 */
export { type EngineReport, engines, type OpenOptions, openRuntime } from "./engines.ts";
export { runModel, type RunModelOptions } from "./run_model.ts";
export { type EngineName, type Runtime, type Session, type SessionOptions, type Tensors } from "./runtime.ts";
export { foldConstants, type FoldOptions } from "./fold_constants.ts";
