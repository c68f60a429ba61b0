import type { Kind } from "../../../experiment/unit.ts";
import { nameOf } from "../architecture.ts";
import { type About, columnsOf, type Measuring, networkOf, setupOf, trained } from "../setup.ts";
import { macsOf, trainingSeconds } from "../cost.ts";
import { stagesAt } from "../curves.ts";
import { foldersOf } from "../data/data.ts";
import { costOf, scoresOf } from "../measurements.ts";
import type { MetaRow } from "../meta_row.ts";
import type { Recipe } from "../recipe.ts";
import { reinitialized } from "../reinitialized.ts";
import { pruningBy, type Ranking } from "./curve.ts";
import { MODULE } from "./kind.ts";

/** A network that is pruned, then trained. */
export interface RetrainedSpec extends Pick<Measuring, "data" | "top5"> {
  /** Words of the rows about the network. */
  about: About;
  /** How channels are ranked. */
  ranking: Ranking;
  /** Original cost ÷ cost, at least. */
  reduction: number;
  /** Training after pruning. */
  training: Recipe;
  /** Seed of training. */
  seed: number;
  /** Seed of new weights in place of those that pruning left. Default: none. */
  fresh?: number;
}

/**
 * Prunes the `network` that it needs to a reduction and trains what is left: `network.onnx`. No rows and no
 * product where the reduction is out of reach.
 */
export const retrained: Kind<RetrainedSpec, MetaRow> = {
  name: "meta_pruning/retrained",
  version: 1,
  module: MODULE,
  data: ({ data }) => foldersOf(data),
  label: ({ about: { architecture, net, variant }, reduction }) =>
    `${nameOf(architecture)} ${net}: ${variant}, ${Number(reduction.toFixed(2))}×, trained`,
  seconds: ({ about: { architecture }, reduction, data, training }) =>
    trainingSeconds(macsOf(architecture) / reduction, data, training),
  async work({ about, ranking, reduction: asked, training, seed, fresh, ...measuring }, context) {
    const setup = await setupOf(measuring, about.architecture, context);
    const needed = await context.need("network");
    const [stage] = stagesAt(await networkOf(needed), [asked], pruningBy(ranking));
    if (!stage) return { rows: [] };
    const { model, reduction } = stage;
    const final = await trained(
      fresh === undefined ? model : reinitialized(model, fresh),
      { recipe: training, seed },
      setup,
    );
    return {
      rows: [{
        ...columnsOf(about, setup, needed),
        stage: "final",
        asked,
        reduction,
        ...costOf(final, about.architecture),
        ...await scoresOf(final, setup.data.test, setup),
      }],
      products: { "network.onnx": final.toOnnx() },
    };
  },
};
