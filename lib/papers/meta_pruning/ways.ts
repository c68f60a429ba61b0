import { unit } from "../../experiment/mod.ts";
import type { Architecture } from "./architecture.ts";
import type { About } from "./bench.ts";
import type { DataSpec } from "./data.ts";
import { type Ground, measuringOf, type MetaUnit, type NetworkUnit } from "./ground.ts";
import { curve, type Ranking } from "./kinds/curve.ts";
import { cut } from "./kinds/cut.ts";
import { snapshotName } from "./kinds/meta_training.ts";
import { type Preparation, prepared } from "./kinds/prepared.ts";
import { retrained } from "./kinds/retrained.ts";
import { type MetaRow, VARIANTS } from "./meta_row.ts";
import type { MetaPreset } from "./presets.ts";
import type { Recipe } from "./recipe.ts";

/** A network to measure, with the data that it is trained and judged on, and what its rows say of it. */
export interface Judged {
  /** How much work is done, and on what. */
  preset: MetaPreset;
  /** Seed of the experiment. */
  seed: number;
  /** The network's own training. */
  network: NetworkUnit;
  /** Data that it is trained and judged on. */
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
  { preset, seed, data, architecture, heldOut }: Ground,
  part: MetaRow["part"],
  net: number,
): Judged {
  return { preset, seed, network: heldOut[net]!, data, part, net, architecture };
}

/** Without a metanetwork, with and without fine-tuning. */
export function plain(judged: Judged): MetaUnit[] {
  const { none, tuned } = VARIANTS;
  return [
    ...measured(judged, none, judged.network),
    ...measured(judged, tuned, prepare(judged, tuned, { by: "nothing" })),
  ];
}

/** With the metanetworks that were chosen on some data. */
export function withMetanetworks(
  judged: Judged,
  from: Ground,
  metaSeeds: readonly number[] = judged.preset.metaSeeds,
): MetaUnit[] {
  return metaSeeds.flatMap((metaSeed) => {
    const ready = preparedBy(judged, from, metaSeed);
    return [ready, ...measured(judged, VARIANTS.meta, ready)];
  });
}

/** A network as the metanetwork leaves it that was chosen on some data, after fine-tuning. */
export function preparedBy(judged: Judged, from: Ground, metaSeed: number): MetaUnit {
  const preparation = { by: "metanetwork", product: "metanetwork.safetensors" } as const;
  return prepare(judged, VARIANTS.meta, preparation, from.choice(metaSeed));
}

/**
 * Single weights in place of channels, without and with metanetworks: of the networks that channels are taken
 * from as well.
 */
export function singleWeights(judged: Judged, own: Ground): MetaUnit[] {
  const { preset: { cuts = [], metaSeeds, finish }, seed } = judged;
  const { tuned, meta } = VARIANTS;
  const networks = [
    [tuned, prepare(judged, tuned, { by: "nothing" })] as const,
    ...metaSeeds.map((metaSeed) => [meta, preparedBy(judged, own, metaSeed)] as const),
  ];
  return networks.flatMap(([variant, network]) =>
    cuts.map((weights) =>
      unit(cut, {
        ...measuringOf(judged.preset, judged.data),
        about: { ...aboutOf(judged, variant), part: "weights" },
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
export function firstCurves(judged: Judged, own: Ground): MetaUnit[] {
  const { preset, network } = judged;
  const { none, meta, shrunk } = VARIANTS;
  return [
    curveOf(judged, none, network),
    curveOf(judged, meta, preparedBy(judged, own, preset.metaSeeds[0]!)),
    curveOf(judged, shrunk, byRegulariser(judged)),
  ];
}

/** What tells how much of a gain is the metanetwork's doing. */
export function controls(judged: Judged, own: Ground): MetaUnit[] {
  const { preset, network, net } = judged;
  const { metanetwork, meta: { alpha, epochs }, sparse } = preset;
  const v = VARIANTS;
  const metaSeed = preset.metaSeeds[0]!;
  const free = prepare(
    judged,
    v.free,
    { by: "metanetwork", product: snapshotName(epochs) },
    own.metaTraining(metaSeed, 0),
  );
  const untrained = prepare(judged, v.untrained, {
    by: "untrained metanetwork",
    metanetwork,
    seed: metaSeed,
  });
  const meta = preparedBy(judged, own, metaSeed);
  const thinned = prepare(judged, v.sparse, { by: "sparse training", ...sparse, alpha });
  const even: Ranking = { normalizer: "rank" };
  return [
    free,
    ...measured(judged, v.free, free),
    untrained,
    ...measured(judged, v.untrained, untrained),
    ...measured(judged, v.l1, network, { criterion: "l1", normalizer: "mean" }),
    ...measured(judged, v.random, network, { criterion: { random: net }, normalizer: "mean" }),
    ...measured(judged, v.even, network, even),
    ...measured(judged, v.metaEven, meta, even),
    ...measured(judged, v.shrunk, byRegulariser(judged)),
    ...measured(judged, v.sparse, thinned),
    ...fromScratch(judged, v.scratch, network),
    ...fromScratch(judged, v.widths, meta),
  ];
}

/** A network that followed the regulariser by itself, after fine-tuning. */
function byRegulariser(judged: Judged): MetaUnit {
  const { shrink, meta: { alpha } } = judged.preset;
  return prepare(judged, VARIANTS.shrunk, { by: "regulariser", ...shrink, alpha });
}

function aboutOf({ part, net, architecture }: Judged, variant: string): About {
  return { part, variant, net, architecture };
}

function prepare(
  judged: Judged,
  variant: string,
  preparation: Preparation,
  metanetwork?: MetaUnit,
): MetaUnit {
  const { preset, data, network, seed } = judged;
  return unit(prepared, {
    ...measuringOf(preset, data),
    about: aboutOf(judged, variant),
    preparation,
    finetune: preset.finetune,
    seed,
  }, { network, ...metanetwork && { metanetwork } });
}

/** Accuracy at every reduction without training, then after training at some. */
function measured(
  judged: Judged,
  variant: string,
  network: MetaUnit | NetworkUnit,
  ranking: Ranking = {},
): MetaUnit[] {
  return [
    curveOf(judged, variant, network, ranking),
    ...retrainedAt(judged, variant, network, { ranking, training: judged.preset.finish }),
  ];
}

/** Accuracy at every reduction without training. */
function curveOf(
  judged: Judged,
  variant: string,
  network: MetaUnit | NetworkUnit,
  ranking: Ranking = {},
): MetaUnit {
  const { preset, data } = judged;
  const { reductions } = preset;
  const about = aboutOf(judged, variant);
  return unit(curve, { ...measuringOf(preset, data), about, ranking, reductions }, { network });
}

/** The pruned network, trained, at each of the preset's reductions. */
export function retrainedAt(
  judged: Judged,
  variant: string,
  network: MetaUnit | NetworkUnit,
  how: { ranking?: Ranking; training: Recipe; fresh?: number },
): MetaUnit[] {
  const { preset: { finals, top5 }, data, seed } = judged;
  const about = aboutOf(judged, variant);
  return finals.map((reduction) =>
    unit(
      retrained,
      { data, ...top5 && { top5 }, about, ranking: {}, reduction, seed, ...how },
      { network },
    )
  );
}

/** The pruned widths with new weights, trained as long as everything that the pruned network went through. */
function fromScratch(judged: Judged, variant: string, network: MetaUnit | NetworkUnit): MetaUnit[] {
  const { preset: { base, finetune, finish }, net } = judged;
  const training = { ...base, epochs: base.epochs + finetune.epochs + finish.epochs };
  return retrainedAt(judged, variant, network, { training, fresh: net });
}
