import { withoutUndefined } from "../../options.ts";
import { classFolders } from "../../data/class_folders.ts";
import { hasData } from "../../data/data_digest.ts";
import { imagenetFolder } from "../../data/imagenet.ts";
import { type Kind, type Unit, unit } from "../../experiment/mod.ts";
import type { Architecture } from "./architecture.ts";
import { type DataSpec, foldersOf } from "./data/data.ts";
import { type DataSetUnits, dataSetUnitsOf, type MetaUnit, networkUnit } from "./data_set_units.ts";
import { choice } from "./kinds/choice.ts";
import { closeLook, type CloseLookRow } from "./kinds/close_look.ts";
import { curve } from "./kinds/curve.ts";
import { cut } from "./kinds/cut.ts";
import { distance } from "./kinds/distance.ts";
import { metaTraining } from "./kinds/meta_training.ts";
import { network } from "./kinds/network.ts";
import { prepared } from "./kinds/prepared.ts";
import { retrained } from "./kinds/retrained.ts";
import { VARIANTS } from "./meta_row.ts";
import type { MetaPreset } from "./presets.ts";
import {
  controls,
  type EvaluatedNetwork,
  firstCurves,
  heldOutOf,
  plain,
  preparedBy,
  retrainedAt,
  singleWeights,
  withMetanetworks,
} from "./variant_units.ts";

/** All kinds of units of this paper. */
export const kinds: readonly Kind[] = [
  network,
  metaTraining,
  choice,
  distance,
  prepared,
  curve,
  retrained,
  cut,
  closeLook,
];

/** An experiment as units: what is trained first, one network on its way, and all that is measured. */
export interface MetaExperiment extends Pick<DataSetUnits, "architecture" | "data" | "heldOut"> {
  /** Networks that the metanetwork learns from. */
  dataModels: DataSetUnits["dataModels"];
  /** Network that a metanetwork is chosen by. */
  validation: DataSetUnits["validation"];
  /** Makes the chosen metanetwork of the first seed: `metanetwork.safetensors`. */
  choice: MetaUnit;
  /** The first held-out network, prepared by it: `changed.onnx`, `network.onnx`. */
  prepared: MetaUnit;
  /** Networks pruned and trained again, at each of the preset's reductions: `network.onnx`. */
  retrained: readonly MetaUnit[];
  /** One network as it was, as a metanetwork changed it, and after fine-tuning, closely. */
  closeLook: Unit<unknown, CloseLookRow>;
  /**
   * The part of the units that shows most in the least time: held-out networks as channels go, by the first
   * seed's metanetwork.
   */
  firstLook: readonly MetaUnit[];
  /** Whatever has rows of the experiment, in order. */
  units: readonly MetaUnit[];
}

/** All units with rows that a preset's experiment consists of; see {@linkcode experimentOf}. */
export async function unitsOf(preset: MetaPreset, options: { seed: number }): Promise<readonly MetaUnit[]> {
  return (await experimentOf(preset, options)).units;
}

/**
 * The whole experiment: metanetworks from several seeds are trained and chosen, then tried on networks they
 * have not seen, beside the controls that say what the gain is worth; then on other architectures and other
 * data. Which other data there are is seen now, on this machine.
 */
export async function experimentOf(
  preset: MetaPreset,
  { seed }: { seed: number },
): Promise<MetaExperiment> {
  const { metaSeeds, transfer = {}, cuts = [] } = preset;
  const architecture = await withClasses(preset);
  const data = dataOf(preset, preset.data, architecture, seed);
  const own = dataSetUnitsOf(preset, { architecture, data, seed });
  const evaluated = own.heldOut.map((_, net) => heldOutOf(own, "held-out", net));
  const units: MetaUnit[] = [
    ...metaSeeds.flatMap((metaSeed) => [own.metaTraining(metaSeed), own.choice(metaSeed)]),
    own.distance,
  ];
  for (const net of evaluated) {
    units.push(...plain(net), ...withMetanetworks(net, own), ...controls(net, own));
  }
  for (const net of cuts.length > 0 ? evaluated : []) units.push(...singleWeights(net, own));
  const { architectures = [], networks = 1 } = transfer;
  for (let net = 0; net < networks * architectures.length; net++) {
    const architecture = architectures[net % architectures.length]!;
    const network = networkUnit(preset, { architecture, data, seed, index: 100 + net });
    const other: EvaluatedNetwork = { preset, seed, network, data, part: "transfer", net, architecture };
    units.push(...plain(other), ...withMetanetworks(other, own));
  }
  units.push(...betweenData([own, ...otherData(preset, seed)]));
  const first = preparedBy(evaluated[0]!, own, metaSeeds[0]!);
  const { reductions, finish } = preset;
  return {
    ...own,
    choice: own.choice(metaSeeds[0]!),
    prepared: first,
    retrained: retrainedAt(evaluated[0]!, VARIANTS.meta, first, { training: finish }),
    closeLook: unit(
      closeLook,
      withoutUndefined({
        architecture,
        data,
        reductions,
        normalizers: ["max", "mean", "none"],
        parts: PARTS,
        roundTo: preset.roundTo,
      }),
      { network: own.heldOut[0]!, prepared: first },
    ),
    firstLook: evaluated.flatMap((net) => firstCurves(net, own)),
    units,
  };
}

/** Architecture that is pruned; for images from the user's folder, with as many classes as there are. */
async function withClasses({ architecture, data }: MetaPreset): Promise<Architecture> {
  if (!("classes" in architecture) || data !== "imagenet" || !hasData(data)) return architecture;
  const { classes } = await classFolders(imagenetFolder());
  return { ...architecture, classes: classes.length };
}

/** Parts of the weights that become zero in the close look. */
const PARTS = [0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95];

/** Metanetworks of each data set on networks of each, but for what was measured on the first one's own. */
function betweenData(all: readonly DataSetUnits[]): MetaUnit[] {
  const [own] = all;
  if (all.length < 2) return [];
  return all.flatMap((there) =>
    there.heldOut.flatMap((_, net) => {
      const evaluated = heldOutOf(there, "data", net);
      const others = all.filter((from) => from !== own || there !== own);
      return [
        ...there === own ? [] : plain(evaluated),
        ...others.flatMap((from) => withMetanetworks(evaluated, from, own!.preset.metaSeeds.slice(0, 1))),
      ];
    })
  );
}

/** Networks that are trained on other data, as far as they are on this machine. */
function otherData(preset: MetaPreset, seed: number): DataSetUnits[] {
  const dataSets: DataSetUnits[] = [];
  for (const { set, architecture } of preset.transfer?.data ?? []) {
    const { examples } = preset;
    const found: DataSpec[] = set === "digits"
      ? [
        { set, source: "procedural", seed: seed + OTHER_DIGITS, examples },
        { set, source: "mnist", seed, examples },
      ]
      : [dataOf(preset, set, architecture, seed)];
    for (const data of found) {
      if (foldersOf(data).every(hasData)) dataSets.push(dataSetUnitsOf(preset, { architecture, data, seed }));
    }
  }
  return dataSets;
}

/** Distance between the seeds of digits that differ in their templates. */
const OTHER_DIGITS = 1000;

/** A data set in as many examples as the preset takes; images in the size that the network sees. */
function dataOf(
  { examples }: MetaPreset,
  set: DataSpec["set"],
  architecture: Architecture,
  seed: number,
): DataSpec {
  if (set === "digits") return { set, source: "procedural", seed, examples };
  const size = "image" in architecture ? architecture.image : undefined;
  return set === "imagenet" ? withoutUndefined({ set, examples, size }) : { set, examples };
}
