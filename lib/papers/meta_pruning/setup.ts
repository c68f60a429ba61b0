import { withDefaults, withoutUndefined } from "../../options.ts";
import { loadModel } from "../../io/load_model.ts";
import type { Model } from "../../onnx/model.ts";
import { countMacs } from "../../onnx/count_macs.ts";
import type { Needed, WorkContext } from "../../experiment/unit.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { fit, type FitOptions } from "../../train/fit.ts";
import { SAVED_EVERY } from "../../metanet/data_models.ts";
import { type Architecture, nameOf } from "./architecture.ts";
import { trainingSeconds } from "./cost.ts";
import { type DataSpec, type MetaData, sharedData } from "./data/data.ts";
import type { Measured, MetaRow } from "./meta_row.ts";
import { type Recipe, trainingOf } from "./recipe.ts";

/** Settings in the specs of all units that measure. */
export interface Measuring {
  /** Data set and its parts. */
  readonly data: DataSpec;
  /** Takes the statistics of batch norms anew before accuracy is measured without training. Default false. */
  readonly reestimate?: boolean;
  /** Whether the five best answers are looked at, too. Default false. */
  readonly top5?: boolean;
}

/** Words by which rows say whose their number is. */
export interface About extends Pick<MetaRow, "part" | "variant" | "net"> {
  /** Architecture of the network. */
  readonly architecture: Architecture;
}

/** Data, engine and settings with which a unit works. */
export interface Setup extends Pick<Measuring, "reestimate" | "top5"> {
  /** Architecture of the networks that it measures. */
  readonly architecture: Architecture;
  /** Settings of the data. */
  readonly spec: DataSpec;
  /** The data, in three parts. */
  readonly data: MetaData;
  /** Engine that runs the networks. */
  readonly runtime: Runtime;
  /** The unit's surroundings while it works. */
  readonly context: WorkContext;
}

/** Gets ready what a unit works with. */
export async function setupOf(
  { data, reestimate = false, top5 = false }: Measuring,
  architecture: Architecture,
  context: WorkContext,
): Promise<Setup> {
  return {
    architecture,
    spec: data,
    data: await sharedData(data, context),
    runtime: await context.runtime(),
    context,
    reestimate,
    top5,
  };
}

/** A network that a unit needs. */
export async function networkOf(needed: Needed, product = "network.onnx"): Promise<Model> {
  return await loadModel(await needed.product(product));
}

/** Trainings that may take longer than so many seconds are saved on the way. */
const LONG = 60;

/** A model trained by a recipe; where that takes long, it is saved on the way, and goes on from there. */
export async function trained(
  model: Model,
  { recipe, seed }: { recipe: Recipe; seed: number },
  { spec, data, runtime, context }: Setup,
  { name = "training", ...more }: Pick<FitOptions, "loss" | "sparsify"> & { name?: string } = {},
): Promise<Model> {
  const { progress, scratch } = context;
  const long = trainingSeconds(countMacs(model).macs, spec, recipe) > LONG;
  const result = await fit(model, data.train, {
    ...withDefaults(trainingOf(recipe, { data, seed, runtime, progress }), more),
    checkpoint: long
      ? { path: `${await scratch()}/${name}.safetensors`, everySeconds: SAVED_EVERY }
      : undefined,
  });
  return result.model;
}

/** The columns of a row that tell what it is of, with those of what changed the network, if anything did. */
export function columnsOf(
  { architecture, part, net, variant }: About,
  { data }: Setup,
  prepared?: Needed,
): Omit<MetaRow, Measured> {
  const [row] = prepared?.rows as readonly Partial<MetaRow>[] ?? [];
  return withoutUndefined({
    part,
    net,
    architecture: nameOf(architecture),
    data: data.name,
    variant,
    epoch: row?.epoch,
    metaSeed: row?.metaSeed,
    metaData: row?.metaData,
    distance: row?.distance,
  });
}
