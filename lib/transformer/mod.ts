/**
 * Transformers: their blocks, heads and neurons found in any ONNX graph, masked, removed, and searched for
 * those that do harm.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { countMacs } from "../onnx/mod.ts";
 * import { vit } from "../nn/mod.ts";
 * import { emptyConfiguration, removeElements, transformerOf } from "./mod.ts";
 *
 * const model = vit({ image: 8, patch: 4, layers: 2, heads: 4, hidden: 16, classes: 3 });
 * const whole = emptyConfiguration(transformerOf(model));
 * const smaller = removeElements(model, { ...whole, removed: ["attention.0"] });
 * assert.ok(countMacs(smaller).macs < countMacs(model).macs);
 * ```
 *
 * @module
 */
export { emptyConfiguration, K } from "./configuration.ts";
export { crossFit, type CrossFitOptions, type CrossFitted, type Fold } from "./search/cross_fit.ts";
export {
  type BlockId,
  type BlockKind,
  type Configuration,
  type ElementId,
  type HardId,
  type PartId,
} from "./elements.ts";
export { type Evaluated, type Evaluator, type EvaluatorOptions, openEvaluator } from "./search/evaluator.ts";
export {
  crossEntropies,
  type ExampleLoss,
  type ExampleScores,
  spanLosses,
  squaredErrors,
} from "./example_losses.ts";
export { type Branch } from "./find_branches.ts";
export { type FiveLists, fromFiveLists, toFiveLists } from "./five_lists.ts";
export { hardAttentionSavings, keepLargest } from "./hard_attention.ts";
export { type Confirmed, type Judged } from "./search/judged.ts";
export { keptOf } from "./kept.ts";
export { type FedMasks, feedMasks, maskElements } from "./mask.ts";
export { maskGradients, type MaskGradientsOptions } from "./mask_gradients.ts";
export { type KeptBlock } from "./notes.ts";
export { removeElements } from "./remove.ts";
export { BETTER, type FavourRule, RELEASED, type SweepRule } from "./search/rules.ts";
export { axSearch, type AxSearched, type AxSearchOptions } from "./search/search.ts";
export { type RunTime, type TimedPair, timeInTurns, type TimeOptions } from "./time_in_turns.ts";
export {
  type Block,
  elementsOf,
  type Transformer,
  transformerOf,
  type TransformerOptions,
} from "./transformer.ts";
export { type MeasuredSavings, type SearchStep, type SearchTrace } from "./search/trace.ts";
