import type { Kind } from "../../../experiment/unit.ts";
import { shrinkGroups } from "../../../metanet/shrink_groups.ts";
import { nameOf } from "../architecture.ts";
import { foldersOf } from "../data/data.ts";
import { type MetaRow, VARIANTS } from "../meta_row.ts";
import { setupOf } from "../setup.ts";
import { bestOf, type Comparison, comparisonSeconds } from "./best_of.ts";
import { MODULE } from "./kind.ts";

/** How far the regulariser is followed by itself. */
export interface DistanceSpec extends Comparison {
  /** Distances that are tried. */
  distances: readonly number[];
  /** How much harder the weakest channel of a group is pushed than the strongest. */
  alpha: number;
}

/**
 * The best distance to follow the regulariser by itself, by the rule that a metanetwork is chosen by, on the
 * same network and data kept apart: the `distance` of the rows that are chosen. Needs the `validation`
 * network.
 */
export const distance: Kind<DistanceSpec, MetaRow> = {
  name: "meta_pruning/distance",
  version: 2,
  module: MODULE,
  data: ({ data }) => foldersOf(data),
  label: ({ architecture }) => `choosing how far ${nameOf(architecture)} follows the regulariser`,
  seconds: (spec) => comparisonSeconds(spec, spec.distances),
  async work(spec, context) {
    const { architecture, distances, alpha } = spec;
    const setup = await setupOf(spec, architecture, context);
    const { runtime } = setup;
    const { rows } = await bestOf(
      distances.map((distance) => ({
        name: distance,
        columns: { distance },
        change: (model) => shrinkGroups(model, { distance, alpha, runtime }),
      })),
      spec,
      { variant: VARIANTS.shrunk, setup },
    );
    return { rows };
  },
};
