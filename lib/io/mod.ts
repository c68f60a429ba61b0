/**
 * Models as files: `.onnx`, with their tensors inside or beside.
 *
 * @module
 */
export { loadModel, type LoadOptions } from "./load_model.ts";
export { type PaddedCounts, type SavedModel, saveModel, type SaveOptions } from "./save_model.ts";
