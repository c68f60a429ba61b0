/**
 * Sparsity: single weights that become zero in training, masks, N:M patterns, and small files.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mod.ts";
 * import { magnitudeMasks, maskWeights, sparsityOf } from "./mod.ts";
 *
 * const model = mlp({ sizes: [8, 16, 4] });
 * const masks = magnitudeMasks(model, 0.75);
 * assert.equal(sparsityOf(maskWeights(model, masks), masks).ofMasked, 0.75);
 * ```
 *
 * @module
 */
export { assl, type AsslOptions } from "./methods/assl.ts";
export { fixedMasks } from "./methods/fixed_masks.ts";
export { type PenaltyScheduleOptions } from "./methods/penalty_schedule.ts";
export { iht, type IhtOptions } from "./methods/iht.ts";
export { issP, type IssPOptions } from "./methods/iss_p.ts";
export { issR, type IssROptions } from "./methods/iss_r.ts";
export { type NmPattern } from "../../kernels/webgpu/nm/nm_groups.ts";
export { magnitudeMasks, maskChurn, maskWeights, nonZeroMasks, type Sparsity, sparsityOf } from "./masks.ts";
export { type Mask, type Masks } from "../train/weight_mask.ts";
export {
  type PruningStepsOptions,
  type SparseLayer,
  type SparseMethod,
  sparseMethod,
  type SparseMoment,
  type SparseRules,
  type SparsityOptions,
} from "./method.ts";
export { nmMasks } from "./nm_masks.ts";
export { oneShotL1, type OneShotL1Options } from "./methods/one_shot_l1.ts";
export { loadSparse, type SparseModel } from "./pack/load_sparse.ts";
export { saveSparse, type SaveSparseOptions } from "./pack/save_sparse.ts";
export { type PackedLayer, storageBytes, type StorageName } from "./pack/sizes.ts";
export { type PackingName } from "./pack/table.ts";
export { randomMask } from "./methods/random_mask.ts";
export { srp, type SrpOptions } from "./methods/srp.ts";
export { suggestAlpha } from "./methods/suggest_alpha.ts";
