import { withoutUndefined } from "../../options.ts";
import { unit } from "../../experiment/mod.ts";
import type { Architecture } from "./architecture.ts";
import type { About } from "./setup.ts";
import type { DataSpec } from "./data/data.ts";
import { type DataSetUnits, measuringOf, type MetaUnit, type NetworkUnit } from "./data_set_units.ts";
import { curve, type Ranking } from "./kinds/curve.ts";
import { cut } from "./kinds/cut.ts";
import { snapshotName } from "./kinds/meta_training.ts";
import { type Preparation, prepared } from "./kinds/prepared.ts";
import { retrained } from "./kinds/retrained.ts";
import { type MetaRow, VARIANTS } from "./meta_row.ts";
import type { MetaPreset } from "./presets.ts";
import type { Recipe } from "./recipe.ts";

/** A network to measure, with the data that it is trained and evaluated on, and what its rows say of it. */
export interface EvaluatedNetwork {
  /** How much work is done, and on what. */
  preset: MetaPreset;
  /** Seed of the experiment. */
  seed: number;
  /** The network's own training. */
  network: NetworkUnit;
  /** Data that it is trained and evaluated on. */
  data: DataSpec;
  /** Part of the experiment that its rows belong to. */
  part: MetaRow["part"];
  /** Number of the network. */
  net: number;
  /** Architecture of the network. */
  architecture: Architecture;
}

/** A network that metanetworks of its data have not seen. */
export function heldOutOf(
  { preset, seed, data, architecture, heldOut }: DataSetUnits,
  part: MetaRow["part"],
  net: number,
): EvaluatedNetwork {
  return { preset, seed, network: heldOut[net]!, data, part, net, architecture };
}

/** Units of a network without a metanetwork, with and without fine-tuning. */
export function plain(evaluated: EvaluatedNetwork): MetaUnit[] {
  const { none, tuned } = VARIANTS;
  return [
    ...measured(evaluated, none, evaluated.network),
    ...measured(evaluated, tuned, prepare(evaluated, tuned, { by: "nothing" })),
  ];
}

/** Units with the metanetworks that were chosen on some data. */
export function withMetanetworks(
  evaluated: EvaluatedNetwork,
  from: DataSetUnits,
  metaSeeds: readonly number[] = evaluated.preset.metaSeeds,
): MetaUnit[] {
  return metaSeeds.flatMap((metaSeed) => {
    const ready = preparedBy(evaluated, from, metaSeed);
    return [ready, ...measured(evaluated, VARIANTS.meta, ready)];
  });
}

/** A network as the metanetwork leaves it that was chosen on some data, after fine-tuning. */
export function preparedBy(evaluated: EvaluatedNetwork, from: DataSetUnits, metaSeed: number): MetaUnit {
  const preparation = { by: "metanetwork", product: "metanetwork.safetensors" } as const;
  return prepare(evaluated, VARIANTS.meta, preparation, { metanetwork: from.choice(metaSeed) });
}

/**
 * Single weights in place of channels, without and with metanetworks: of the networks that channels are taken
 * from as well.
 */
export function singleWeights(evaluated: EvaluatedNetwork, own: DataSetUnits): MetaUnit[] {
  const { preset: { cuts = [], metaSeeds, finish }, seed } = evaluated;
  const { tuned, meta } = VARIANTS;
  const networks = [
    [tuned, prepare(evaluated, tuned, { by: "nothing" })] as const,
    ...metaSeeds.map((metaSeed) => [meta, preparedBy(evaluated, own, metaSeed)] as const),
  ];
  return networks.flatMap(([variant, network]) =>
    cuts.map((weights) =>
      unit(cut, {
        ...measuringOf(evaluated.preset, evaluated.data),
        about: { ...aboutOf(evaluated, variant), part: "weights" },
        cut: weights,
        training: finish,
        seed,
      }, { network })
    )
  );
}

/**
 * Accuracy as channels go, of a network as it was, with the first seed's metanetwork, and by the regulariser
 * alone.
 */
export function firstCurves(evaluated: EvaluatedNetwork, own: DataSetUnits): MetaUnit[] {
  const { preset, network } = evaluated;
  const { none, meta, shrunk } = VARIANTS;
  return [
    curveOf(evaluated, none, network),
    curveOf(evaluated, meta, preparedBy(evaluated, own, preset.metaSeeds[0]!)),
    curveOf(evaluated, shrunk, byRegulariser(evaluated, own)),
  ];
}

/** Units that tell how much of a gain is the metanetwork's doing. */
export function controls(evaluated: EvaluatedNetwork, own: DataSetUnits): MetaUnit[] {
  const { preset, network, net } = evaluated;
  const { metanetwork, meta: { alpha, epochs }, sparse } = preset;
  const v = VARIANTS;
  const metaSeed = preset.metaSeeds[0]!;
  const free = prepare(
    evaluated,
    v.free,
    { by: "metanetwork", product: snapshotName(epochs) },
    { metanetwork: own.metaTraining(metaSeed, 0) },
  );
  const untrained = prepare(evaluated, v.untrained, {
    by: "untrained metanetwork",
    metanetwork,
    seed: metaSeed,
  });
  const meta = preparedBy(evaluated, own, metaSeed);
  const shrunk = byRegulariser(evaluated, own);
  const thinned = prepare(evaluated, v.sparse, { by: "sparse training", ...sparse, alpha });
  const even: Ranking = { normalizer: "rank" };
  return [
    free,
    ...measured(evaluated, v.free, free),
    untrained,
    ...measured(evaluated, v.untrained, untrained),
    ...measured(evaluated, v.l1, network, { criterion: "l1", normalizer: "mean" }),
    ...measured(evaluated, v.random, network, { criterion: { random: net }, normalizer: "mean" }),
    ...measured(evaluated, v.even, network, even),
    ...measured(evaluated, v.metaEven, meta, even),
    shrunk,
    ...measured(evaluated, v.shrunk, shrunk),
    ...measured(evaluated, v.sparse, thinned),
    ...fromScratch(evaluated, v.scratch, network),
    ...fromScratch(evaluated, v.widths, meta),
  ];
}

/** A network that followed the regulariser by itself, as far as was chosen, after fine-tuning. */
function byRegulariser(evaluated: EvaluatedNetwork, { distance }: DataSetUnits): MetaUnit {
  const { alpha } = evaluated.preset.meta;
  return prepare(evaluated, VARIANTS.shrunk, { by: "regulariser", alpha }, { distance });
}

function aboutOf({ part, net, architecture }: EvaluatedNetwork, variant: string): About {
  return { part, variant, net, architecture };
}

function prepare(
  evaluated: EvaluatedNetwork,
  variant: string,
  preparation: Preparation,
  needs: Readonly<Record<string, MetaUnit>> = {},
): MetaUnit {
  const { preset, data, network, seed } = evaluated;
  return unit(prepared, {
    ...measuringOf(preset, data),
    about: aboutOf(evaluated, variant),
    preparation,
    finetune: preset.finetune,
    seed,
  }, { network, ...needs });
}

/** Accuracy at every reduction without training, then after training at some. */
function measured(
  evaluated: EvaluatedNetwork,
  variant: string,
  network: MetaUnit | NetworkUnit,
  ranking: Ranking = {},
): MetaUnit[] {
  return [
    curveOf(evaluated, variant, network, ranking),
    ...retrainedAt(evaluated, variant, network, { ranking, training: evaluated.preset.finish }),
  ];
}

/** Accuracy at every reduction without training. */
function curveOf(
  evaluated: EvaluatedNetwork,
  variant: string,
  network: MetaUnit | NetworkUnit,
  ranking: Ranking = {},
): MetaUnit {
  const { preset, data } = evaluated;
  const { reductions } = preset;
  const about = aboutOf(evaluated, variant);
  const rounded = roundedRanking(preset, ranking);
  return unit(curve, { ...measuringOf(preset, data), about, ranking: rounded, reductions }, { network });
}

/** A ranking with the preset's rounding of widths. */
function roundedRanking({ roundTo }: MetaPreset, ranking: Ranking): Ranking {
  return withoutUndefined({ ...ranking, roundTo });
}

/** The pruned network, trained, at each of the preset's reductions. */
export function retrainedAt(
  evaluated: EvaluatedNetwork,
  variant: string,
  network: MetaUnit | NetworkUnit,
  { ranking = {}, ...how }: { ranking?: Ranking; training: Recipe; fresh?: number },
): MetaUnit[] {
  const { preset, data, seed } = evaluated;
  const { finals, top5 } = preset;
  const rounded = roundedRanking(preset, ranking);
  const about = aboutOf(evaluated, variant);
  return finals.map((reduction) =>
    unit(
      retrained,
      withoutUndefined({ data, top5: top5 || undefined, about, ranking: rounded, reduction, seed, ...how }),
      { network },
    )
  );
}

/** The pruned widths with new weights, trained as long as everything that the pruned network went through. */
function fromScratch(
  evaluated: EvaluatedNetwork,
  variant: string,
  network: MetaUnit | NetworkUnit,
): MetaUnit[] {
  const { preset: { base, finetune, finish }, net } = evaluated;
  const training = { ...base, epochs: base.epochs + finetune.epochs + finish.epochs };
  return retrainedAt(evaluated, variant, network, { training, fresh: net });
}
