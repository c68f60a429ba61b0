import type { Kind } from "../../../experiment/unit.ts";
import { fixedMasks } from "../../../sparse/methods/fixed_masks.ts";
import { maskWeights, sparsityOf } from "../../../sparse/masks.ts";
import { nameOf } from "../architecture.ts";
import { type About, columnsOf, type Measuring, networkOf, setupOf, trained } from "../setup.ts";
import { macsOf, trainingSeconds } from "../cost.ts";
import { foldersOf } from "../data/data.ts";
import { costOf, reestimated, scoresOf } from "../measurements.ts";
import type { MetaRow } from "../meta_row.ts";
import type { Recipe } from "../recipe.ts";
import { masksOf, nameOfCut, type WeightCut } from "../weight_cut.ts";
import { MODULE } from "./kind.ts";

/** A network without some of its single weights. */
export interface CutSpec extends Measuring {
  /** Words of the rows about the network. */
  about: About;
  /** Which single weights go. */
  cut: WeightCut;
  /** Training after the cut. */
  training: Recipe;
  /** Seed of training. */
  seed: number;
}

/** Accuracy of the `network` that it needs without the weights of a cut, then after training what is left. */
export const cut: Kind<CutSpec, MetaRow> = {
  name: "meta_pruning/cut",
  version: 1,
  module: MODULE,
  data: ({ data }) => foldersOf(data),
  label: ({ about: { architecture, net, variant }, cut }) =>
    `${nameOf(architecture)} ${net}: ${variant}, without ${nameOfCut(cut)} of the weights`,
  seconds: ({ about: { architecture }, data, training }) =>
    trainingSeconds(macsOf(architecture), data, training),
  async work({ about, cut, training, seed, ...measuring }, context) {
    const setup = await setupOf(measuring, about.architecture, context);
    const needed = await context.need("network");
    const model = await networkOf(needed);
    const masks = await masksOf(model, cut);
    const { layers, kept, ofMasked } = sparsityOf(model, masks);
    const total = layers.reduce((sum, { size }) => sum + size, 0);
    const { parameters, ...cost } = costOf(model, about.architecture);
    const left = {
      ...columnsOf(about, setup, needed),
      cut: nameOfCut(cut),
      asked: "sparsity" in cut ? 1 / (1 - cut.sparsity) : cut.m / cut.n,
      reduction: 1 / (1 - ofMasked),
      ...cost,
      parameters: parameters - total + kept,
    };
    const { data } = setup;
    const thinned = maskWeights(model, masks);
    const before = await scoresOf(await reestimated(thinned, setup), data.test, setup);
    const final = await trained(thinned, { recipe: training, seed }, setup, { sparsify: fixedMasks(masks) });
    return {
      rows: [
        { ...left, stage: "pruned", ...before },
        { ...left, stage: "final", ...await scoresOf(final, data.test, setup) },
      ],
    };
  },
};
