import { cacheFolder } from "../data/folders.ts";
import { countMacs } from "../onnx/count_macs.ts";
import type { Model } from "../onnx/model.ts";
import type { Tensor } from "../deps.ts";
import type { Progress } from "../progress.ts";
import type { Criterion } from "../prune/criteria/criterion.ts";
import { l1 } from "../prune/criteria/l1.ts";
import { random } from "../prune/criteria/random.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Examples } from "../train/batches.ts";
import { fingerprint } from "../train/checkpoint.ts";
import { evaluate } from "../train/evaluate.ts";
import { fit, type FitOptions } from "../train/fit.ts";
import { crossEntropy } from "../train/losses.ts";
import { sgd } from "../train/optimizers.ts";
import { multiStep } from "../train/schedules.ts";
import { nestedProgress } from "./nested_progress.ts";
import { applyMetanetwork } from "./apply_metanetwork.ts";
import { stagesAt } from "./curves.ts";
import { trainDataModel } from "./data_models.ts";
import { withGroupSparsity } from "./group_sparsity.ts";
import { reestimateStatistics } from "./meta_prune.ts";
import { metaTrain, type MetaTrained, type Snapshot } from "./meta_train.ts";
import type { Metanetwork } from "./metanetwork_parameters.ts";
import { metanetworkFor } from "./metanetwork_for.ts";
import type { MetaPreset, Recipe } from "./presets.ts";
import type { ProgressiveOptions } from "./progressive_pruning.ts";
import { reinitialized } from "./reinitialized.ts";
import { loadRows, saveRows } from "./saved_rows.ts";
import type { MetaSubject } from "./subject.ts";

/** One number that was measured. */
export interface MetaRow {
  /** What the number is of: training a metanetwork, choosing one, networks it did not see, other architectures. */
  part: "meta-training" | "choice" | "held-out" | "transfer";
  /** Way of pruning; see {@linkcode VARIANTS}. */
  variant: string;
  /** Seed of the network, and its architecture. */
  net: number;
  architecture: string;
  /** Seed of the metanetwork, and the meta-epoch it is from; absent without one. */
  metaSeed?: number;
  epoch?: number;
  /** `loss` in meta-training; accuracy right after the metanetwork, after fine-tuning, after pruning, after the last training. */
  stage: "loss" | "changed" | "tuned" | "pruned" | "final";
  /** Original cost ÷ cost: as asked for, and as reached. */
  asked: number;
  speedUp: number;
  macs: number;
  parameters: number;
  /** Loss, or accuracy from 0 to 1: on validation data for `choice`, else on test data. */
  value: number;
  /** Whether this was the metanetwork that was chosen. */
  chosen?: boolean;
}

/** The ways of pruning that are compared. */
export const VARIANTS = {
  meta: "metanetwork",
  none: "no metanetwork",
  tuned: "no metanetwork, fine-tuned",
  sparse: "group-sparse training (DepGraph)",
  l1: "L1 norm",
  random: "random",
  scratch: "trained from scratch",
  widths: "trained from scratch, metanetwork's widths",
  free: "metanetwork without regulariser",
  untrained: "untrained metanetwork",
} as const;

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
  await progress.close();
  return {
    dataModels: models.slice(0, dataModels),
    validation: models[dataModels]!,
    heldOut: models.slice(dataModels + 1),
  };
}

/** A network of an experiment, trained or read back; indices from 100 on are for other architectures. */
async function network(
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
      schedule: multiStep({ rate: meta.rate, milestones: [meta.milestone] }),
      seed: metaSeed,
      folder: `${await folderOf(config)}/meta-${metaSeed}-${strength}`,
      runtime,
      progress,
      ...meta.batchSize !== undefined && { batchSize: meta.batchSize },
      ...signal && { signal },
    },
  );
}

/** Which of the metanetworks kept on the way prunes best, by validation data. */
export interface Choice {
  epoch: number;
  metanetwork: Metanetwork;
  /** One for each that was tried. */
  rows: MetaRow[];
}

/**
 * Tries every metanetwork that was kept, on a network and data kept apart: highest mean accuracy over the speed-ups without
 * training, among those that cost the unpruned network no more than the tolerance; where none is, the one that costs least.
 */
export async function chooseMetanetwork(
  outer: MetaConfig,
  { validation }: MetaNetworks,
  { snapshots }: MetaTrained,
  metaSeed: number,
): Promise<Choice> {
  const { subject, preset, progress } = outer;
  const tried: { epoch: number; metanetwork: Metanetwork; rows: MetaRow[]; area: number; loss: number }[] =
    [];
  const config = { ...outer, progress: nestedProgress(progress, () => tried.length) };
  await progress.start("Choosing a metanetwork", snapshots.length);
  const reference = await accuracy(await finetuned(validation, config), subject.validation, config);
  for (const { epoch, metanetwork } of snapshots) {
    const model = await finetuned(await changedBy(metanetwork, validation, config), config);
    const rows = await curve(model, subject.validation, config, {
      part: "choice",
      variant: VARIANTS.meta,
      net: preset.dataModels,
      architecture: subject.name,
      metaSeed,
      epoch,
    });
    const area = rows.reduce((sum, { value }) => sum + value, 0) / rows.length;
    tried.push({ epoch, metanetwork, rows, area, loss: reference - rows[0]!.value });
  }
  await progress.close();
  const allowed = tried.filter(({ loss }) => loss <= preset.tolerance);
  const best = allowed.length > 0
    ? allowed.reduce((a, b) => b.area > a.area ? b : a)
    : tried.reduce((a, b) => b.loss < a.loss ? b : a);
  return {
    epoch: best.epoch,
    metanetwork: best.metanetwork,
    rows: tried.flatMap(({ rows, epoch }) => rows.map((row) => ({ ...row, chosen: epoch === best.epoch }))),
  };
}

/**
 * The whole experiment, row by row: metanetworks from several seeds are trained and chosen, then tried on networks they have
 * not seen, beside the controls that say what the gain is worth. Rows are kept in a file: what is there already is
 * not computed again.
 */
export async function* run(outer: MetaConfig): AsyncGenerator<MetaRow> {
  const { preset, subject, signal, progress } = outer;
  let done = 0;
  const config = { ...outer, progress: nestedProgress(progress, () => done) };
  const path = `${await folderOf(config)}/rows.jsonl`;
  const saved = await loadRows<MetaRow>(path);
  const once = async (unit: string, measure: () => Promise<MetaRow[]>): Promise<MetaRow[]> => {
    signal?.throwIfAborted();
    await progress.step(done, unit);
    const rows = saved.get(unit) ?? await measure();
    if (!saved.has(unit)) await saveRows(path, unit, rows);
    saved.set(unit, rows);
    done++;
    return rows;
  };
  let loading: Promise<MetaNetworks> | undefined;
  /** Asked for by what is not measured yet: a finished experiment loads none. */
  const networks = () => loading ??= metaNetworks(config);
  const trained = async (metaSeed: number, strength?: number) =>
    await metanetworkOf(config, await networks(), metaSeed, { ...strength !== undefined && { strength } });
  const chosen = async (metaSeed: number): Promise<Snapshot> => {
    const { epoch } = saved.get(choiceOf(metaSeed))!.find((row) => row.chosen)!;
    return (await trained(metaSeed)).snapshots.find((snapshot) => snapshot.epoch === epoch)!;
  };

  await progress.start("Meta pruning", unitsOf(outer));
  for (const metaSeed of preset.metaSeeds) {
    yield* await once(`meta-training ${metaSeed}`, async () => {
      const about = {
        part: "meta-training",
        variant: VARIANTS.meta,
        net: -1,
        architecture: subject.name,
      } as const;
      const cost = { asked: 1, speedUp: 1, macs: 0, parameters: 0 };
      const { history } = await trained(metaSeed);
      return history.map(({ epoch, loss }) => ({
        ...about,
        metaSeed,
        epoch,
        stage: "loss",
        ...cost,
        value: loss,
      }));
    });
    yield* await once(
      choiceOf(metaSeed),
      async () => (await chooseMetanetwork(config, await networks(), await trained(metaSeed), metaSeed)).rows,
    );
  }
  for (let net = 0; net < preset.heldOut; net++) {
    const about = { part: "held-out", net, architecture: subject.name } as const;
    const model = async () => (await networks()).heldOut[net]!;
    const ways = {
      ...comparison(config, model, about, chosen),
      ...controls(config, model, about, { trained, chosen }),
    };
    for (const [unit, measure] of Object.entries(ways)) {
      yield* await once(`held-out ${net}: ${unit}`, measure);
    }
  }
  for (const [net, other] of subject.others.entries()) {
    const about = { part: "transfer", net, architecture: other.name } as const;
    const model = () => network(config, other, 100 + net);
    for (const [unit, measure] of Object.entries(comparison(config, model, about, chosen))) {
      yield* await once(`transfer ${net}: ${unit}`, measure);
    }
  }
  await progress.close();
}

/** How many units there are to measure. */
function unitsOf({ preset: { metaSeeds, heldOut }, subject: { others } }: MetaConfig): number {
  const compared = 2 + metaSeeds.length;
  const controls = Object.keys(VARIANTS).length - 3;
  return 2 * metaSeeds.length + heldOut * (compared + controls) + others.length * compared;
}

function choiceOf(metaSeed: number): string {
  return `choice ${metaSeed}`;
}

type About = Pick<MetaRow, "part" | "net" | "architecture">;

/** What is measured on a network, by name. */
type Ways = Record<string, () => Promise<MetaRow[]>>;

/** Without a metanetwork, with and without fine-tuning; and with each of them. */
function comparison(
  config: MetaConfig,
  model: () => Promise<Model>,
  about: About,
  chosen: (metaSeed: number) => Promise<Snapshot>,
): Ways {
  const { none, tuned, meta } = VARIANTS;
  const seeds = config.preset.metaSeeds.map((metaSeed): [string, Ways[string]] => [
    `${meta} ${metaSeed}`,
    async () => {
      const { epoch, metanetwork } = await chosen(metaSeed);
      return await metaRows(config, await model(), metanetwork, { ...about, variant: meta, metaSeed, epoch });
    },
  ]);
  return {
    [none]: async () => await wholeCurve(await model(), config, { ...about, variant: none }),
    [tuned]: async () =>
      await wholeCurve(await finetuned(await model(), config), config, { ...about, variant: tuned }),
    ...Object.fromEntries(seeds),
  };
}

/** What tells how much of a gain is the metanetwork's doing. */
function controls(
  config: MetaConfig,
  model: () => Promise<Model>,
  about: About,
  { trained, chosen }: {
    trained: (metaSeed: number, strength: number) => Promise<MetaTrained>;
    chosen: (metaSeed: number) => Promise<Snapshot>;
  },
): Ways {
  const { preset, subject } = config;
  const { free, untrained, l1: l1Norm, random: atRandom, sparse, scratch, widths } = VARIANTS;
  const metaSeed = preset.metaSeeds[0]!;
  const meanOf = (criterion: Criterion): ProgressiveOptions => ({ criterion, normalizer: "mean" });
  return {
    [free]: async () => {
      const { metanetwork } = await trained(metaSeed, 0);
      return await metaRows(config, await model(), metanetwork, { ...about, variant: free, metaSeed });
    },
    [untrained]: async () => {
      const metanetwork = metanetworkFor(await model(), { ...preset.metanetwork, seed: metaSeed });
      return await metaRows(config, await model(), metanetwork, { ...about, variant: untrained, metaSeed });
    },
    [l1Norm]: async () => await wholeCurve(await model(), config, { ...about, variant: l1Norm }, meanOf(l1)),
    [atRandom]: async () =>
      await wholeCurve(await model(), config, { ...about, variant: atRandom }, meanOf(random(about.net))),
    [sparse]: async () => {
      const { epochs, strength } = preset.sparse;
      const loss = withGroupSparsity(crossEntropy(), await model(), { strength, alpha: preset.meta.alpha });
      const training = { ...trainingOf({ ...preset.finetune, epochs }, config), loss };
      const { model: thinned } = await fit(await model(), subject.train, training);
      return await wholeCurve(await finetuned(thinned, config), config, { ...about, variant: sparse });
    },
    [scratch]: async () => await fromScratch(config, await model(), { ...about, variant: scratch }),
    [widths]: async () => {
      const { epoch, metanetwork } = await chosen(metaSeed);
      const tuned = await finetuned(await changedBy(metanetwork, await model(), config), config);
      return await fromScratch(config, tuned, { ...about, variant: widths, metaSeed, epoch });
    },
  };
}

async function metaRows(
  config: MetaConfig,
  model: Model,
  metanetwork: Metanetwork,
  about: Omit<MetaRow, Measured>,
): Promise<MetaRow[]> {
  const changed = await changedBy(metanetwork, model, config);
  const value = await accuracy(changed, config.subject.test, config);
  const first: MetaRow = { ...about, stage: "changed", asked: 1, speedUp: 1, ...costOf(changed), value };
  return [first, ...await wholeCurve(await finetuned(changed, config), config, about)];
}

type Measured = "stage" | "asked" | "speedUp" | "macs" | "parameters" | "value";

/** Accuracy at every speed-up without training, then after training at some. */
async function wholeCurve(
  model: Model,
  config: MetaConfig,
  about: Omit<MetaRow, Measured>,
  options: ProgressiveOptions = {},
): Promise<MetaRow[]> {
  const { preset, subject } = config;
  const rows = await curve(model, subject.test, config, about, options);
  for (const { asked, model: pruned, speedUp } of stagesAt(model, preset.finals, options)) {
    const { model: final } = await fit(pruned, subject.train, trainingOf(preset.finish, config));
    const value = await accuracy(final, subject.test, config);
    rows.push({ ...about, stage: "final", asked, speedUp, ...costOf(final), value });
  }
  return rows;
}

async function curve(
  model: Model,
  data: Examples,
  config: MetaConfig,
  about: Omit<MetaRow, Measured>,
  options: ProgressiveOptions = {},
): Promise<MetaRow[]> {
  const rows: MetaRow[] = [];
  for (const { asked, model: pruned, speedUp } of stagesAt(model, config.preset.speedUps, options)) {
    config.signal?.throwIfAborted();
    const ready = config.preset.reestimate && speedUp > 1
      ? await reestimateStatistics(pruned, config.subject.train, config)
      : pruned;
    const value = await accuracy(ready, data, config);
    rows.push({
      ...about,
      stage: speedUp === 1 ? "tuned" : "pruned",
      asked,
      speedUp,
      ...costOf(pruned),
      value,
    });
  }
  return rows;
}

/** The pruned widths with new weights, trained as long as everything that the pruned network went through. */
async function fromScratch(
  config: MetaConfig,
  model: Model,
  about: Omit<MetaRow, Measured>,
): Promise<MetaRow[]> {
  const { preset, subject } = config;
  const rows: MetaRow[] = [];
  for (const { asked, speedUp, model: pruned } of stagesAt(model, preset.finals, {})) {
    const recipe = {
      ...preset.base,
      epochs: preset.base.epochs + preset.finetune.epochs + preset.finish.epochs,
    };
    const { model: trained } = await fit(
      reinitialized(pruned, about.net),
      subject.train,
      trainingOf(recipe, config),
    );
    const value = await accuracy(trained, subject.test, config);
    rows.push({ ...about, stage: "final", asked, speedUp, ...costOf(trained), value });
  }
  return rows;
}

async function changedBy(
  metanetwork: Metanetwork,
  model: Model,
  { preset, subject, runtime }: MetaConfig,
): Promise<Model> {
  const changed = await applyMetanetwork(model, metanetwork, { runtime });
  return preset.reestimate ? await reestimateStatistics(changed, subject.train, { runtime }) : changed;
}

async function finetuned(model: Model, config: MetaConfig): Promise<Model> {
  return (await fit(model, config.subject.train, trainingOf(config.preset.finetune, config))).model;
}

async function accuracy(model: Model, data: Examples, { runtime, signal }: MetaConfig): Promise<number> {
  return (await evaluate(model, data, { runtime, signal, batchSize: 500 })).accuracy!;
}

function costOf(model: Model): { macs: number; parameters: number } {
  const { macs, parameters } = countMacs(model);
  return { macs, parameters };
}

/** A recipe as {@linkcode fit} takes it. */
export function trainingOf(
  { epochs, rate, milestones, batchSize, weightDecay = 5e-4, augment = false }: Recipe,
  { subject, seed, runtime, progress, signal }: MetaConfig,
): FitOptions {
  return {
    epochs,
    batchSize,
    optimizer: sgd({ momentum: 0.9, nesterov: false, weightDecay }),
    schedule: multiStep({ rate, milestones }),
    seed,
    runtime,
    progress,
    ...augment && { augment: subject.augment },
    ...signal && { signal },
  };
}

/** One folder per experiment: its name follows from all that its numbers depend on. */
async function folderOf({ preset, subject, seed }: MetaConfig): Promise<string> {
  const inputs = subject.train.inputs as Tensor;
  const settings = [JSON.stringify(preset), subject.name, subject.data, `${inputs.dims}`, `${seed}`];
  const name = (await fingerprint([subject.build(0).toOnnx()], settings)).slice(0, 16);
  return `${cacheFolder()}/metanet/${name}`;
}
