import { cacheFolder } from "../../data/folders.ts";
import type { Model } from "../../onnx/model.ts";
import type { Progress } from "../../progress.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Tensor } from "../../deps.ts";
import type { ExampleSource } from "../../train/batches.ts";
import { fingerprint } from "../../train/checkpoint.ts";
import type { FitOptions } from "../../train/fit.ts";
import { sgd } from "../../train/optimizers.ts";
import { multiStep } from "../../train/schedules.ts";
import { trainDataModel } from "../../metanet/data_models.ts";
import { metaTrain, type MetaTrained } from "../../metanet/meta_train.ts";
import { metanetworkFor } from "../../metanet/metanetwork_for.ts";
import { nestedProgress } from "./nested_progress.ts";
import type { MetaPreset, Recipe } from "./presets.ts";
import type { MetaSubject } from "./subject.ts";

/** What a run depends on. */
export interface MetaConfig {
  preset: MetaPreset;
  subject: MetaSubject;
  seed: number;
  runtime: Runtime;
  progress: Progress;
  signal?: AbortSignal;
}

/** The networks of an experiment. */
export interface MetaNetworks {
  dataModels: Model[];
  /** What metanetworks are chosen on. */
  validation: Model;
  heldOut: Model[];
}

/** Trains the networks that everything else is about, or reads them back. */
export async function metaNetworks(outer: MetaConfig): Promise<MetaNetworks> {
  const { preset: { dataModels, heldOut }, progress } = outer;
  const models: Model[] = [];
  const config = { ...outer, progress: nestedProgress(progress, () => models.length) };
  const count = dataModels + 1 + heldOut;
  await progress.start("Training the networks", count);
  for (let i = 0; i < count; i++) models.push(await network(config, config.subject, i));
  await progress.step(count);
  await progress.close();
  return {
    dataModels: models.slice(0, dataModels),
    validation: models[dataModels]!,
    heldOut: models.slice(dataModels + 1),
  };
}

/** A network of an experiment, trained or read back; indices from 100 on are for other architectures. */
export async function network(
  config: MetaConfig,
  { build }: Pick<MetaSubject, "build">,
  index: number,
): Promise<Model> {
  const { preset: { base, initial }, subject, seed } = config;
  return await trainDataModel(build, subject.train, 1000 * seed + index, {
    training: trainingOf(base, config),
    ...initial && { initial: { macs: initial.macs, training: trainingOf(initial.training, config) } },
    folder: await folderOf(config),
    about: subject.data,
  });
}

/** Meta-trains one metanetwork, or reads it back. */
export async function metanetworkOf(
  config: MetaConfig,
  { dataModels }: MetaNetworks,
  metaSeed: number,
  { strength = config.preset.meta.strength }: { strength?: number } = {},
): Promise<MetaTrained> {
  const { preset: { metanetwork, meta }, subject, runtime, progress, signal } = config;
  return await metaTrain(
    dataModels,
    metanetworkFor(dataModels[0]!, { ...metanetwork, seed: metaSeed }),
    subject.train,
    {
      epochs: meta.epochs,
      every: meta.every,
      strength,
      alpha: meta.alpha,
      ...meta.statistics && { statistics: meta.statistics },
      schedule: multiStep({ rate: meta.rate, milestones: [meta.milestone] }),
      seed: metaSeed,
      folder: `${await folderOf(config)}/meta-${metaSeed}-${strength}`,
      runtime,
      progress,
      ...meta.batchSize !== undefined && { batchSize: meta.batchSize },
      ...meta.accumulate !== undefined && { accumulate: meta.accumulate },
      ...signal && { signal },
    },
  );
}

/** A recipe as {@linkcode fit} takes it. */
export function trainingOf(
  { epochs, rate, milestones, batchSize, accumulate = 1, weightDecay = 5e-4, augment = false }: Recipe,
  { subject, seed, runtime, progress, signal }: MetaConfig,
): FitOptions {
  return {
    epochs,
    batchSize,
    accumulate,
    optimizer: sgd({ momentum: 0.9, nesterov: false, weightDecay }),
    schedule: multiStep({ rate, milestones }),
    seed,
    runtime,
    progress,
    ...augment && { augment: subject.augment },
    ...signal && { signal },
  };
}

function sizeOf(data: ExampleSource): string {
  return "read" in data ? `${data.count}` : `${(data.inputs as Tensor).dims}`;
}

/** One folder per experiment: its name follows from all that its numbers depend on. */
export async function folderOf({ preset, subject, seed }: MetaConfig): Promise<string> {
  const settings = [JSON.stringify(preset), subject.name, subject.data, sizeOf(subject.train), `${seed}`];
  const name = (await fingerprint([(await subject.build(0)).toOnnx()], settings)).slice(0, 16);
  return `${cacheFolder()}/metanet/${name}`;
}
