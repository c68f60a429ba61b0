import type { Kind } from "../../../experiment/unit.ts";
import type { ProgressiveOptions } from "../../../metanet/progressive_pruning.ts";
import { l1 } from "../../../prune/criteria/l1.ts";
import { random } from "../../../prune/criteria/random.ts";
import { nameOf } from "../architecture.ts";
import { type About, columnsOf, type Measuring, networkOf, setupOf } from "../setup.ts";
import { foldersOf } from "../data/data.ts";
import { curve as curveOf } from "../measurements.ts";
import type { MetaRow } from "../meta_row.ts";
import { MODULE } from "./kind.ts";

/** How channels are ranked, as plain data; absent: by their group norms, as published. */
export interface Ranking {
  /** A criterion in place of group norms; a random one by its seed. */
  readonly criterion?: "l1" | { readonly random: number };
  /** Divisor of the importances of a group before groups are ranked together. */
  readonly normalizer?: NonNullable<ProgressiveOptions["normalizer"]>;
  /** Number of which widths become a multiple. Default 1. */
  readonly roundTo?: number;
}

/** A ranking as progressive pruning takes it. */
export function pruningBy({ criterion, normalizer, roundTo }: Ranking): ProgressiveOptions {
  return {
    criterion: criterion && (criterion === "l1" ? l1 : random(criterion.random)),
    normalizer,
    roundTo,
  };
}

/** Accuracy as channels go. */
export interface CurveSpec extends Measuring {
  /** Words of the rows about the network. */
  about: About;
  /** How channels are ranked. */
  ranking: Ranking;
  /** Reductions at which accuracy is measured. */
  reductions: readonly number[];
}

/** Accuracy of the `network` that it needs at every reduction, without training. */
export const curve: Kind<CurveSpec, MetaRow> = {
  name: "meta_pruning/curve",
  version: 1,
  module: MODULE,
  data: ({ data }) => foldersOf(data),
  label: ({ about: { architecture, net, variant } }) =>
    `${nameOf(architecture)} ${net}: ${variant}, as channels go`,
  async work({ about, ranking, reductions, ...measuring }, context) {
    const setup = await setupOf(measuring, about.architecture, context);
    const needed = await context.need("network");
    const model = await networkOf(needed);
    const columns = columnsOf(about, setup, needed);
    return {
      rows: await curveOf(
        { model, examples: setup.data.test },
        { reductions, about: columns },
        setup,
        pruningBy(ranking),
      ),
    };
  },
};
