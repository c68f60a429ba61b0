import type { Kind } from "../../../experiment/unit.ts";
import { applyMetanetwork } from "../../../metanet/apply_metanetwork.ts";
import { loadMetanetwork } from "../../../metanet/metanetwork_file.ts";
import { nameOf } from "../architecture.ts";
import { foldersOf } from "../data/data.ts";
import { type MetaRow, VARIANTS } from "../meta_row.ts";
import { setupOf } from "../setup.ts";
import { bestOf, type Comparison, comparisonSeconds } from "./best_of.ts";
import { MODULE } from "./kind.ts";
import { snapshotName } from "./meta_training.ts";

/** Which of the metanetworks that meta-training kept is used. */
export interface ChoiceSpec extends Comparison {
  /** Seed of the metanetwork, for its rows. */
  metaSeed: number;
  /** Meta-epochs of the metanetworks that are tried. */
  epochs: readonly number[];
}

/**
 * The best of the metanetworks that were kept, on a network and data kept apart. Needs the `validation`
 * network and the `meta-training`; makes `metanetwork.safetensors`, the chosen one.
 */
export const choice: Kind<ChoiceSpec, MetaRow> = {
  name: "meta_pruning/choice",
  version: 1,
  module: MODULE,
  data: ({ data }) => foldersOf(data),
  label: ({ architecture, metaSeed }) =>
    `choosing a metanetwork for ${nameOf(architecture)}, seed ${metaSeed}`,
  seconds: (spec) => comparisonSeconds(spec, spec.epochs),
  async work(spec, context) {
    const { architecture, metaSeed, epochs } = spec;
    const setup = await setupOf(spec, architecture, context);
    const { data, runtime } = setup;
    const metaTraining = await context.need("meta-training");
    const bytesOf = (epoch: number) => metaTraining.product(snapshotName(epoch));
    const { rows, best } = await bestOf(
      epochs.map((epoch) => ({
        name: epoch,
        columns: { metaSeed, epoch, metaData: data.name },
        change: async (model) =>
          await applyMetanetwork(model, await loadMetanetwork(await bytesOf(epoch)), { runtime }),
      })),
      spec,
      { variant: VARIANTS.meta, setup },
    );
    return { rows, products: { "metanetwork.safetensors": await bytesOf(best.name) } };
  },
};
