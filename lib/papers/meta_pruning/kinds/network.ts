import type { Kind } from "../../../experiment/unit.ts";
import { trainDataModel } from "../../../metanet/data_models.ts";
import type { Model } from "../../../onnx/model.ts";
import { type Architecture, build, checkpointOf, nameOf } from "../architecture.ts";
import { type Measuring, setupOf } from "../setup.ts";
import { macsOf, testSeconds, trainingSeconds } from "../cost.ts";
import { foldersOf } from "../data/data.ts";
import { costOf, scoresOf } from "../measurements.ts";
import type { MetaRow } from "../meta_row.ts";
import { pretrained } from "../pretrained.ts";
import { type Recipe, trainingOf } from "../recipe.ts";
import { MODULE } from "./kind.ts";

/** A network that is learned from, chosen by or judged by. */
export interface NetworkSpec extends Pick<Measuring, "data" | "top5"> {
  /** Architecture of the network. */
  architecture: Architecture;
  /** Seed of its first weights, and of its training. */
  seed: number;
  /** Settings of the training. */
  base: Recipe;
  /**
   * Initial pruning: the part of the multiply-accumulates that is kept, how what is left is trained, and the
   * number of which widths stay a multiple. Default: none.
   */
  initial?: { macs: number; training: Recipe; roundTo?: number };
}

/** How a network does on test data. */
export type NetworkRow = Pick<MetaRow, "macs" | "parameters" | "operations" | "value" | "top5">;

/** Trains a network, from drawn weights or from those of a checkpoint: `network.onnx`. */
export const network: Kind<NetworkSpec, NetworkRow> = {
  name: "meta_pruning/network",
  version: 1,
  module: MODULE,
  data: ({ data }) => foldersOf(data),
  label: ({ architecture, seed }) => `${nameOf(architecture)}, seed ${seed}`,
  seconds({ architecture, data, base, initial }) {
    const macs = macsOf(architecture);
    return testSeconds(macs, data) + trainingSeconds(macs, data, base) +
      (initial ? trainingSeconds(macs * initial.macs, data, initial.training) : 0);
  },
  async work({ architecture, seed, base, initial, ...measuring }, context) {
    const setup = await setupOf(measuring, architecture, context);
    const { data, runtime } = setup;
    const recipe = (recipe: Recipe) =>
      trainingOf(recipe, { data, seed, runtime, progress: context.progress });
    const model = await trainDataModel(
      (seed) => begin(architecture, seed, data.folder),
      data.train,
      seed,
      {
        training: recipe(base),
        initial: initial && { ...initial, training: recipe(initial.training) },
        folder: await context.scratch(),
      },
    );
    return {
      rows: [{ ...costOf(model, architecture), ...await scoresOf(model, data.test, setup) }],
      products: { "network.onnx": model.toOnnx() },
    };
  },
};

/** The network that training begins with. */
async function begin(architecture: Architecture, seed: number, folder = ""): Promise<Model> {
  const model = build(architecture, seed);
  const checkpoint = checkpointOf(architecture);
  return checkpoint === undefined ? model : await pretrained(model, folder, checkpoint);
}
