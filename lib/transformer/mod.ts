/**
 * Transformers: their blocks, heads and neurons found in any ONNX graph, masked, removed, and searched for
 * those that do harm.
 *
 * @module
 */
export { K } from "./configuration.ts";
export { type BlockId, type Configuration, type ElementId, type HardId, type PartId } from "./elements.ts";
export { hardAttentionSavings, keepLargest } from "./hard_attention.ts";
export { type KeptBlock, keptOf } from "./kept.ts";
export { maskElements } from "./mask.ts";
export { removeElements } from "./remove.ts";
export { type Block, elementsOf, type Transformer, transformerOf } from "./transformer.ts";
