/**
 * Models as files: `.onnx`, with their tensors inside or beside.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mod.ts";
 * import { loadModel, saveModel } from "./mod.ts";
 *
 * const path = `${await Deno.makeTempDir()}/model.onnx`;
 * await saveModel(mlp({ sizes: [4, 8, 2] }), path);
 * assert.deepEqual((await loadModel(path)).graph.outputs, ["logits"]);
 * ```
 *
 * @module
 */
export { loadModel, type LoadOptions } from "./load_model.ts";
export { type PaddedCounts, type SavedModel, saveModel, type SaveOptions } from "./save_model.ts";
