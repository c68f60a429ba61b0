import { type OptionNames, requireOptions } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import { planPruning } from "../prune/plan.ts";
import { prune } from "../prune/prune.ts";
import { fingerprint } from "../train/checkpoint.ts";
import type { TrainingData } from "../train/batches.ts";
import { fit, type FitOptions } from "../train/fit.ts";

/** Seconds between two times that a training is saved, beside the ends of its epochs. */
export const SAVED_EVERY = 600;

/** Settings of {@linkcode trainDataModel}. */
export interface DataModelOptions {
  /** Settings of its training; `seed` is the data model's. */
  training: Omit<FitOptions, "checkpoint" | "seed">;
  /**
   * Initial pruning: the part of the multiply-accumulates to keep, how what is left is trained, and the
   * number of which widths stay a multiple, by default 1. Default: none.
   */
  initial?:
    | {
      macs: number;
      training: Omit<FitOptions, "checkpoint" | "seed">;
      roundTo?: number | undefined;
    }
    | undefined;
  /** Folder for checkpoints: finished models are read back, unfinished ones go on. Default: nowhere. */
  folder?: string | undefined;
  /** Anything else that tells this run from others in the folder, such as the name of the data. */
  about?: string | undefined;
}

/** Names of {@linkcode DataModelOptions}. */
const DATA_MODEL_OPTIONS: OptionNames<DataModelOptions> = {
  training: true,
  initial: true,
  folder: true,
  about: true,
};

/**
 * A network for a metanetwork to learn from, or to be tried on: trained from its own first weights, or from
 * those of a checkpoint, then pruned a little and trained again.
 *
 * Initial pruning takes the same part of every group, where the official code ranks all groups together: then
 * all data models have the same widths, and one session serves them all.
 *
 * @param build the network of a seed that training begins with
 * @throws what {@linkcode fit} throws
 */
export async function trainDataModel(
  build: (seed: number) => Model | Promise<Model>,
  data: TrainingData,
  seed: number,
  settings: DataModelOptions,
): Promise<Model> {
  requireOptions("trainDataModel", settings, DATA_MODEL_OPTIONS);
  const { training, initial, folder, about = "" } = settings;
  const run = async (model: Model, stage: string, options: Omit<FitOptions, "checkpoint" | "seed">) => {
    const checkpoint = folder && {
      path: `${folder}/${await nameOf(model, [stage, about, `${seed}`, `${options.epochs}`])}`,
      everySeconds: SAVED_EVERY,
    };
    return (await fit(model, data, { ...options, seed, checkpoint })).model;
  };
  if (folder) await Deno.mkdir(folder, { recursive: true });
  const trained = await run(await build(seed), "base", training);
  if (!initial) return trained;
  const plan = planPruning(trained, {
    target: { macs: initial.macs },
    criterion: "group-l2",
    scope: "layer",
    roundTo: initial.roundTo ?? 1,
  });
  return await run(prune(trained, plan), "initial", initial.training);
}

async function nameOf(model: Model, settings: readonly string[]): Promise<string> {
  return `data-model-${(await fingerprint([model.toOnnx()], settings)).slice(0, 16)}.safetensors`;
}
