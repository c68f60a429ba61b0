import type { NmPattern } from "../../../kernels/webgpu/nm/nm_groups.ts";
import type { Model } from "../../onnx/model.ts";
import { magnitudeMasks } from "../../sparse/masks.ts";
import type { Masks } from "../../train/weight_mask.ts";
import { nmMasks } from "../../sparse/nm_masks.ts";

/**
 * Single weights that go: the smallest share of all layers together, or all but the N largest of every M
 * (N:M).
 */
export type WeightCut = { readonly sparsity: number } | NmPattern;

/** A cut in words: `80 %`, `2:4`. */
export function nameOfCut(cut: WeightCut): string {
  return "sparsity" in cut ? `${Number((100 * cut.sparsity).toFixed(2))} %` : `${cut.n}:${cut.m}`;
}

/** Which weights of a model stay. */
export async function masksOf(model: Model, cut: WeightCut): Promise<Masks> {
  return "sparsity" in cut
    ? magnitudeMasks(model, cut.sparsity, { scope: "global" })
    : await nmMasks(model, cut);
}
