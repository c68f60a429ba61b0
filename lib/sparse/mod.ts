/**
 * Sparsity: single weights that become zero in training, masks, N:M patterns, and small files.
 *
 * @module
 */
export { assl, type AsslOptions } from "./assl.ts";
export { fixedMasks } from "./fixed_masks.ts";
export { type GrowthOptions } from "./growth.ts";
export { iht, type IhtOptions } from "./iht.ts";
export { issP, type IssPOptions } from "./iss_p.ts";
export { issR, type IssROptions } from "./iss_r.ts";
export { type NmPattern } from "../../kernels/webgpu/nm/nm_groups.ts";
export {
  magnitudeMasks,
  type Mask,
  type Masks,
  maskWeights,
  type Sparsity,
  sparsityOf,
  turnover,
} from "./masks.ts";
export {
  type SparseLayer,
  type SparseMethod,
  sparseMethod,
  type SparseMoment,
  type SparseRules,
  type SparsityOptions,
  type StructureOptions,
} from "./method.ts";
export { nmMasks } from "./nm_masks.ts";
export { oneShotL1, type OneShotL1Options } from "./one_shot_l1.ts";
export { loadSparse, type SparseModel } from "./pack/load_sparse.ts";
export { saveSparse, type SaveSparseOptions } from "./pack/save_sparse.ts";
export { type PackedLayer, storageBytes, type StorageName } from "./pack/sizes.ts";
export { type PackingName } from "./pack/table.ts";
export { randomMask } from "./random_mask.ts";
export { srp, type SrpOptions } from "./srp.ts";
export { suggestAlpha } from "./suggest_alpha.ts";
