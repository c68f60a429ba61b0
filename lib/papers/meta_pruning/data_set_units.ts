import { withoutUndefined } from "../../options.ts";
import { type Unit, unit } from "../../experiment/mod.ts";
import { snapshotEpochs } from "../../metanet/snapshot_epochs.ts";
import type { Architecture } from "./architecture.ts";
import type { DataSpec } from "./data/data.ts";
import { choice } from "./kinds/choice.ts";
import { distance } from "./kinds/distance.ts";
import { dataModelRole, metaTraining } from "./kinds/meta_training.ts";
import { network, type NetworkRow } from "./kinds/network.ts";
import type { MetaRow } from "./meta_row.ts";
import type { MetaPreset } from "./presets.ts";

/** A unit with rows of the experiment. */
export type MetaUnit = Unit<unknown, MetaRow>;

/** A unit that trains a network. */
export type NetworkUnit = Unit<unknown, NetworkRow>;

/** Networks that are trained on one data set before anything is measured. */
export interface DataSetUnits {
  /** How much work is done, and on what. */
  preset: MetaPreset;
  /** Architecture of all networks. */
  architecture: Architecture;
  /** Data set and its parts. */
  data: DataSpec;
  /** Seed of the experiment. */
  seed: number;
  /** Networks that metanetworks learn from. */
  dataModels: readonly NetworkUnit[];
  /** Network that metanetworks are chosen by. */
  validation: NetworkUnit;
  /** Networks that metanetworks are judged by. */
  heldOut: readonly NetworkUnit[];
  /** A metanetwork's training from one seed; with the preset's regulariser or another strength of it. */
  metaTraining(metaSeed: number, strength?: number): MetaUnit;
  /** The choice among the metanetworks that this keeps. */
  choice(metaSeed: number): MetaUnit;
  /** The choice among the preset's distances to follow the regulariser by itself, by the same rule. */
  distance: MetaUnit;
}

/** The networks and metanetworks of one data set. */
export function dataSetUnitsOf(
  preset: MetaPreset,
  { architecture, data, seed }: Pick<DataSetUnits, "architecture" | "data" | "seed">,
): DataSetUnits {
  const { dataModels: count, heldOut, metanetwork, meta, shrink } = preset;
  const { finetune, reductions, tolerance, roundTo } = preset;
  const at = (index: number) => networkUnit(preset, { architecture, data, seed, index });
  const dataModels = Array.from({ length: count }, (_, i) => at(i));
  const validation = at(count);
  const training: DataSetUnits["metaTraining"] = (metaSeed, strength = meta.strength) =>
    unit(
      metaTraining,
      { architecture, data, dataModels: count, metanetwork, meta: { ...meta, strength }, seed: metaSeed },
      Object.fromEntries(dataModels.map((model, i) => [dataModelRole(i), model])),
    );
  const comparison = withoutUndefined({
    ...measuringOf(preset, data),
    architecture,
    net: count,
    finetune,
    seed,
    reductions,
    tolerance,
    roundTo,
  });
  return {
    preset,
    architecture,
    data,
    seed,
    dataModels,
    validation,
    heldOut: Array.from({ length: heldOut }, (_, net) => at(count + 1 + net)),
    metaTraining: training,
    choice: (metaSeed) =>
      unit(choice, { ...comparison, metaSeed, epochs: snapshotEpochs(meta) }, {
        validation,
        "meta-training": training(metaSeed),
      }),
    distance: unit(distance, { ...comparison, ...shrink, alpha: meta.alpha }, { validation }),
  };
}

/** A network of an experiment; its index tells its weights from those of others. */
export function networkUnit(
  { base, initial, roundTo, top5 }: MetaPreset,
  { architecture, data, seed, index }: Pick<DataSetUnits, "architecture" | "data" | "seed"> & {
    index: number;
  },
): NetworkUnit {
  const spec = {
    architecture,
    data,
    seed: 1000 * seed + index,
    base,
    initial: initial && withoutUndefined({ ...initial, roundTo }),
    top5: top5 || undefined,
  };
  return unit(network, withoutUndefined(spec));
}

/** Settings of measuring on some data, from a preset. */
export function measuringOf({ reestimate, top5 }: MetaPreset, data: DataSpec): {
  data: DataSpec;
  reestimate?: boolean;
  top5?: boolean;
} {
  return withoutUndefined({ data, reestimate: reestimate || undefined, top5: top5 || undefined });
}
