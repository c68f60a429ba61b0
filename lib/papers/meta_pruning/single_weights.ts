import { countMacs } from "../../onnx/count_macs.ts";
import type { Model } from "../../onnx/model.ts";
import { fixedMasks } from "../../sparse/fixed_masks.ts";
import { magnitudeMasks, type Masks, maskWeights, sparsityOf } from "../../sparse/masks.ts";
import { nmMasks } from "../../sparse/nm_masks.ts";
import { reestimated, scoresOf } from "./measurements.ts";
import type { Measured, MetaRow } from "./meta_row.ts";
import type { MetaConfig } from "./networks.ts";
import { trainBy } from "./train_by.ts";

/** Single weights that go: the smallest share of all layers together, or all but the N largest of every M. */
export type WeightCut = { readonly sparsity: number } | { readonly n: number; readonly m: number };

/** A cut in words: `80 %`, `2:4`. */
export function nameOfCut(cut: WeightCut): string {
  return "sparsity" in cut ? `${Number((100 * cut.sparsity).toFixed(2))} %` : `${cut.n}:${cut.m}`;
}

/** Accuracy of a network without each of the preset's cuts, then after training what is left. */
export async function cutRows(
  model: Model,
  config: MetaConfig,
  about: Omit<MetaRow, Measured>,
): Promise<MetaRow[]> {
  const { preset, subject, signal } = config;
  const rows: MetaRow[] = [];
  const { macs, parameters } = countMacs(model);
  for (const cut of preset.cuts ?? []) {
    signal?.throwIfAborted();
    const masks = await masksOf(model, cut);
    const { layers, kept, ofMasked } = sparsityOf(model, masks);
    const total = layers.reduce((sum, { size }) => sum + size, 0);
    const left = {
      ...about,
      cut: nameOfCut(cut),
      asked: "sparsity" in cut ? 1 / (1 - cut.sparsity) : cut.m / cut.n,
      reduction: 1 / (1 - ofMasked),
      macs,
      parameters: parameters - total + kept,
    };
    const thinned = maskWeights(model, masks);
    const ready = await reestimated(thinned, config);
    rows.push({ ...left, stage: "pruned", ...await scoresOf(ready, subject.test, config) });
    const final = await trainBy(preset.finish, thinned, config, { sparsify: fixedMasks(masks) });
    rows.push({ ...left, stage: "final", ...await scoresOf(final, subject.test, config) });
  }
  return rows;
}

async function masksOf(model: Model, cut: WeightCut): Promise<Masks> {
  return "sparsity" in cut
    ? magnitudeMasks(model, cut.sparsity, { scope: "global" })
    : await nmMasks(model, cut);
}
