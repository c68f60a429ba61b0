import { mean } from "../../../statistics/describe.ts";
import type { Kind } from "../../../experiment/unit.ts";
import { applyMetanetwork } from "../../../metanet/apply_metanetwork.ts";
import { loadMetanetwork } from "../../../metanet/metanetwork_file.ts";
import { type Architecture, nameOf } from "../architecture.ts";
import { type About, columnsOf, type Measuring, networkOf, setupOf, trained } from "../setup.ts";
import { macsOf, trainingSeconds } from "../cost.ts";
import { foldersOf } from "../data/data.ts";
import { curve, reestimated, scoresOf } from "../measurements.ts";
import { type MetaRow, VARIANTS } from "../meta_row.ts";
import type { Recipe } from "../recipe.ts";
import { MODULE } from "./kind.ts";
import { snapshotName } from "./meta_training.ts";

/** Which of the metanetworks that meta-training kept is used. */
export interface ChoiceSpec extends Measuring {
  /** Architecture of the network that it is chosen by. */
  architecture: Architecture;
  /** Number of the network that it is chosen by, and the metanetwork's seed: for its rows. */
  net: number;
  /** Seed of the metanetwork, for its rows. */
  metaSeed: number;
  /** Meta-epochs of the metanetworks that are tried. */
  epochs: readonly number[];
  /** Training after the metanetwork. */
  finetune: Recipe;
  /** Seed of fine-tuning. */
  seed: number;
  /** Reductions at which accuracy is compared. */
  reductions: readonly number[];
  /** Accuracy that a metanetwork may cost before pruning. */
  tolerance: number;
  /** Number of which widths become a multiple. Default 1. */
  roundTo?: number;
}

/**
 * Tries every metanetwork that was kept, on a network and data kept apart: highest mean accuracy over the
 * reductions without training, among those that cost the unpruned network no more than the tolerance; where
 * none is, the one that costs least. Needs the `validation` network and the `meta-training`; makes
 * `metanetwork.safetensors`, the chosen one.
 */
export const choice: Kind<ChoiceSpec, MetaRow> = {
  name: "meta_pruning/choice",
  version: 1,
  module: MODULE,
  data: ({ data }) => foldersOf(data),
  label: ({ architecture, metaSeed }) =>
    `choosing a metanetwork for ${nameOf(architecture)}, seed ${metaSeed}`,
  seconds: ({ architecture, data, finetune, epochs }) =>
    (epochs.length + 1) * trainingSeconds(macsOf(architecture), data, finetune),
  async work(spec, context) {
    const { architecture, net, metaSeed, epochs, finetune, seed, reductions, tolerance, roundTo } = spec;
    const setup = await setupOf(spec, architecture, context);
    const { data, runtime } = setup;
    const validation = await networkOf(await context.need("validation"));
    const metaTraining = await context.need("meta-training");
    const about: About = { part: "choice", variant: VARIANTS.meta, net, architecture };
    const name = (what: string | number) => ({ name: `fine-tuning ${what}` });
    const reference = await scoresOf(
      await trained(validation, { recipe: finetune, seed }, setup, name("reference")),
      data.validation,
      setup,
    );
    const tried: { epoch: number; bytes: Uint8Array; rows: MetaRow[]; area: number; loss: number }[] = [];
    for (const epoch of epochs) {
      const bytes = await metaTraining.product(snapshotName(epoch));
      const changed = await applyMetanetwork(validation, await loadMetanetwork(bytes), { runtime });
      const model = await trained(
        await reestimated(changed, setup),
        { recipe: finetune, seed },
        setup,
        name(epoch),
      );
      const columns = { ...columnsOf(about, setup), metaSeed, epoch, metaData: data.name };
      const examples = data.validation;
      const rows = await curve({ model, examples }, { reductions, about: columns }, setup, { roundTo });
      const area = mean(rows.map(({ value }) => value));
      tried.push({ epoch, bytes, rows, area, loss: reference.value - rows[0]!.value });
    }
    const allowed = tried.filter(({ loss }) => loss <= tolerance);
    const best = allowed.length > 0
      ? allowed.reduce((a, b) => b.area > a.area ? b : a)
      : tried.reduce((a, b) => b.loss < a.loss ? b : a);
    return {
      rows: tried.flatMap(({ rows, epoch }) => rows.map((row) => ({ ...row, chosen: epoch === best.epoch }))),
      products: { "metanetwork.safetensors": best.bytes },
    };
  },
};
