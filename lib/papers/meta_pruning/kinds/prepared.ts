import { withoutUndefined } from "../../../options.ts";
import type { Kind, Needed } from "../../../experiment/unit.ts";
import { applyMetanetwork } from "../../../metanet/apply_metanetwork.ts";
import { withGroupSparsity } from "../../../metanet/group_sparsity.ts";
import { loadMetanetwork } from "../../../metanet/metanetwork_file.ts";
import { metanetworkFor } from "../../../metanet/metanetwork_for.ts";
import type { Metanetwork } from "../../../metanet/metanetwork_parameters.ts";
import { shrinkGroups } from "../../../metanet/shrink_groups.ts";
import type { Model } from "../../../onnx/model.ts";
import { nameOf } from "../architecture.ts";
import { type About, columnsOf, type Measuring, networkOf, type Setup, setupOf, trained } from "../setup.ts";
import { macsOf, trainingSeconds } from "../cost.ts";
import { foldersOf } from "../data/data.ts";
import { costOf, reestimated, scoresOf } from "../measurements.ts";
import type { MetaRow } from "../meta_row.ts";
import { lossOf, type Recipe } from "../recipe.ts";
import { MODULE } from "./kind.ts";
import type { MetanetworkSpec } from "./meta_training.ts";

/** Treatment of a network before fine-tuning. */
export type Preparation =
  | { readonly by: "nothing" }
  /** The metanetwork that it needs: a product of a choice or of meta-training. */
  | { readonly by: "metanetwork"; readonly product: string }
  | { readonly by: "untrained metanetwork"; readonly metanetwork: MetanetworkSpec; readonly seed: number }
  /** The regulariser followed by itself, as far as the choice of a `distance` says that it needs. */
  | { readonly by: "regulariser"; readonly alpha: number }
  /** DepGraph's sparse training. */
  | {
    readonly by: "sparse training";
    readonly epochs: number;
    readonly strength: number;
    readonly alpha: number;
  };

/** A network as it is before it is pruned. */
export interface PreparedSpec extends Measuring {
  /** Words of the rows about the network. */
  about: About;
  /** Treatment of the network before it is pruned. */
  preparation: Preparation;
  /** Training after the metanetwork. */
  finetune: Recipe;
  /** Seed of the trainings. */
  seed: number;
}

/** Result of a preparation; a changed network is measured before fine-tuning. */
interface Changed {
  model: Model;
  measured?: Partial<MetaRow>;
}

type Prepare<P> = (
  model: Model,
  preparation: P,
  work: { spec: PreparedSpec; setup: Setup },
) => Promise<Changed>;

/** Actions of all preparations. */
const PREPARATIONS: { [B in Preparation["by"]]: Prepare<Extract<Preparation, { by: B }>> } = {
  nothing: (model) => Promise.resolve({ model }),
  async metanetwork(model, { product }, { setup }) {
    const needed = await setup.context.need("metanetwork");
    const metanetwork = await loadMetanetwork(await needed.product(product));
    return { model: await changedBy(metanetwork, model, setup), measured: originOf(needed) };
  },
  async "untrained metanetwork"(model, { metanetwork, seed }, { setup }) {
    const untrained = metanetworkFor(model, { ...metanetwork, seed });
    return { model: await changedBy(untrained, model, setup), measured: { metaSeed: seed } };
  },
  async regulariser(model, { alpha }, { setup }) {
    const measured = originOf(await setup.context.need("distance"));
    const distance = measured.distance!;
    const weak = await shrinkGroups(model, { distance, alpha, runtime: setup.runtime });
    return { model: await reestimated(weak, setup), measured };
  },
  async "sparse training"(model, { epochs, strength, alpha }, { spec: { finetune, seed }, setup }) {
    const loss = withGroupSparsity(lossOf(finetune), model, { strength, alpha });
    const name = "sparse training";
    return { model: await trained(model, { recipe: { ...finetune, epochs }, seed }, setup, { loss, name }) };
  },
};

/** The network as a metanetwork gives it, its norms' statistics taken anew where the spec says so. */
async function changedBy(metanetwork: Metanetwork, model: Model, setup: Setup): Promise<Model> {
  return await reestimated(await applyMetanetwork(model, metanetwork, { runtime: setup.runtime }), setup);
}

/**
 * What changed a network, from the unit that trained or chose it: a metanetwork's seed, its meta-epoch where
 * it was chosen, and what it was trained on; the distance of the regulariser.
 */
function originOf({ rows }: Needed): Partial<MetaRow> {
  const all = rows as readonly MetaRow[];
  const chosen = all.find(({ chosen }) => chosen);
  const { metaSeed, metaData, distance } = chosen ?? all[0]!;
  return withoutUndefined({ epoch: chosen?.epoch, metaSeed, metaData, distance });
}

/**
 * Prepares a network for pruning, and fine-tunes it: `network.onnx`. Where a metanetwork or the regulariser
 * changed it, also as it was in between, `changed.onnx`, with a row. Needs the `network`, and the
 * `metanetwork` or the choice of a `distance` where there is one.
 */
export const prepared: Kind<PreparedSpec, MetaRow> = {
  name: "meta_pruning/prepared",
  version: 2,
  module: MODULE,
  data: ({ data }) => foldersOf(data),
  label: ({ about: { architecture, net, variant } }) => `${nameOf(architecture)} ${net}: ${variant}`,
  seconds({ about: { architecture }, data, finetune, preparation }) {
    const epochs = finetune.epochs + (preparation.by === "sparse training" ? preparation.epochs : 0);
    return trainingSeconds(macsOf(architecture), data, { ...finetune, epochs });
  },
  async work(spec, context) {
    const { about, preparation, finetune, seed } = spec;
    const setup = await setupOf(spec, about.architecture, context);
    const model = await networkOf(await context.need("network"));
    const prepare = PREPARATIONS[preparation.by] as Prepare<Preparation>;
    const { model: changed, measured } = await prepare(model, preparation, { spec, setup });
    const tuned = await trained(changed, { recipe: finetune, seed }, setup, { name: "fine-tuning" });
    const product = { "network.onnx": tuned.toOnnx() };
    if (!measured) return { rows: [], products: product };
    return {
      rows: [{
        ...columnsOf(about, setup),
        ...measured,
        stage: "changed",
        asked: 1,
        reduction: 1,
        ...costOf(changed, about.architecture),
        ...await scoresOf(changed, setup.data.test, setup),
      }],
      products: { ...product, "changed.onnx": changed.toOnnx() },
    };
  },
};
