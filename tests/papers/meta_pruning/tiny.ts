import type { DataSpec } from "../../../lib/papers/meta_pruning/data/data.ts";
import type { MetaUnit } from "../../../lib/papers/meta_pruning/data_set_units.ts";
import type { MetaRow } from "../../../lib/papers/meta_pruning/meta_row.ts";
import { type MetaPreset, PRESETS } from "../../../lib/papers/meta_pruning/presets.ts";

/** The quick experiment, as small as it can be. */
export const TINY: MetaPreset = {
  ...PRESETS.quick,
  dataModels: 1,
  heldOut: 1,
  examples: { train: 40, validation: 20, test: 20 },
  metaSeeds: [1],
  metanetwork: { layers: 1, hidden: 2, ratio: 0.02 },
  meta: { ...PRESETS.quick.meta, epochs: 2, every: 1 },
  base: { ...PRESETS.quick.base, epochs: 1 },
  finetune: { ...PRESETS.quick.finetune, epochs: 1 },
  finish: { ...PRESETS.quick.finish, epochs: 1 },
  sparse: { epochs: 1, strength: 0.1 },
  shrink: { distances: [0.1, 0.4] },
  reductions: [1, 4],
  finals: [4, 8],
  cuts: [{ sparsity: 0.5 }, { n: 1, m: 4 }],
};

/** What the spec of a unit with rows says. */
export const specOf = (
  unit: MetaUnit,
): { data: DataSpec; about?: { part: MetaRow["part"]; variant: string } } =>
  unit.spec as { data: DataSpec; about?: { part: MetaRow["part"]; variant: string } };
