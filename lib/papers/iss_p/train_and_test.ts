import { type OptionNames, requireOptions, withoutUndefined } from "../../options.ts";
import { type Progress, silent } from "../../progress.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { gradientProbe } from "../../sparse/gradient_norms.ts";
import type { Model } from "../../onnx/model.ts";
import { magnitudeMasks, maskChurn, maskWeights, sparsityOf } from "../../sparse/masks.ts";
import type { Masks } from "../../train/weight_mask.ts";
import type { SparseLayer, SparseMethod, SparseMoment } from "../../sparse/method.ts";
import { fit, type FitOptions } from "../../train/fit.ts";
import { meanAbsoluteError } from "../../train/losses.ts";
import { adamW } from "../../train/optimizers.ts";
import type { Schedule } from "../../train/schedules.ts";
import { type MethodName, METHODS } from "./methods.ts";
import {
  scoreModel,
  scoreOf,
  scoreSets,
  type SetScore,
  type SuperresData,
  type SuperresDataOptions,
  withUpscaler,
} from "../../superres/data.ts";
import { type NetworkName, NETWORKS } from "./networks.ts";
import { appendJsonLine, readJsonLines } from "../../files/json_lines.ts";
import { count, dictionary, fields, number } from "../../files/schema.ts";
import { startStopwatch, type Stopwatch } from "./stopwatch.ts";
import { patches } from "../../superres/patches.ts";

/** One run: everything that its numbers depend on, beside the images. */
export interface RunSpec {
  /** Way of pruning. */
  method: MethodName;
  /** Share of each layer that goes; 0 for the dense network. */
  sparsity: number;
  /** Factor α of soft shrinkage. Default: the suggested one. */
  alpha?: number;
  /** Seed of weights, patches and order. */
  seed: number;
  /** Network that is trained. */
  network: NetworkName;
  /** Images that it is trained and tested on; the network says in which colours. */
  data: Omit<SuperresDataOptions, "space">;
  /** Steps of structure learning, and of all. */
  pruningSteps: number;
  /** Steps of all training. */
  steps: number;
  /** Learning rate of structure learning. */
  rate: number;
  /** Steps of fine-tuning after which the rate is halved. Default: it goes down to 0 along a cosine. */
  halvings?: readonly number[];
  /** Patches of a step. */
  batchSize: number;
  /** Side of a low-resolution patch. */
  patch: number;
}

/** How a run was, at some of its steps. */
export interface LogPoint {
  /** Step of the point. */
  step: number;
  /** Mean training loss since the point before. */
  loss: number;
  /** Share of the weights that are or would be kept that were not among the largest at the start. */
  turnover: number;
  /** Norm of the gradient of each prunable weight, on a batch that depends on the step alone. */
  gradients: Record<string, number>;
  /** PSNR on the test images; only at the cut. */
  psnr?: number;
  /** PSNR on the images for validation; at one look in four. */
  validation?: number;
}

/** Results of one run. */
export interface Row extends RunSpec {
  /** The images in words. */
  trained: string;
  /** The test images in words. */
  tested: string;
  /** PSNR in dB on the test images. */
  psnr: number;
  /** PSNR of each test image by its name, in dB. */
  pictures: Record<string, number>;
  /** Scores on the test images, and on all further sets. */
  sets: readonly SetScore[];
  /** PSNR right after the cut. */
  afterCut?: number;
  /** Weights that are not zero, and both shares of zeros. */
  kept: number;
  /** Share of zeros among the weights that a method may prune. */
  zerosOfPruned: number;
  /** Share of zeros among all weights. */
  zerosOfAll: number;
  /** See {@linkcode LogPoint.turnover}, at the end. */
  turnover: number;
  /** Mean over fine-tuning of the norm of all prunable gradients together. */
  gradient: number;
  /** How long the run took, in all processes that had a part in it. */
  seconds: number;
  /** Seconds of all these that the method's own work on the weights took. */
  sparsifySeconds: number;
  /** How the run was, at some of its steps. */
  log: LogPoint[];
}

/** Surroundings of a run. */
export interface TrainAndTestOptions {
  /** Images to train and test on. */
  data: SuperresData;
  /** Engine that runs the network. */
  runtime: Runtime;
  /** Is told how the training is getting on. */
  progress?: Progress | undefined;
  /** Stops the run. */
  signal?: AbortSignal | undefined;
  /** The folder where the run is saved, and goes on from. Default: nowhere. */
  checkpoints?: string | undefined;
  /** Points of the log. Default 40. */
  logPoints?: number | undefined;
}

const TRAIN_AND_TEST_OPTIONS: OptionNames<TrainAndTestOptions> = {
  data: true,
  runtime: true,
  progress: true,
  signal: true,
  checkpoints: true,
  logPoints: true,
};

/** Network and row of a run. */
export interface Trained {
  /** The numbers of the run. */
  row: Row;
  /** The trained network. */
  model: Model;
  /** Which weights stayed, where single ones went. */
  masks?: Masks | undefined;
}

/**
 * Constant in structure learning; then halved at given steps of fine-tuning, or half a cosine wave down to 0.
 */
export function twoStages(rate: number, pruningSteps: number, halvings?: readonly number[]): Schedule {
  return (step, steps) => {
    const tuning = step - pruningSteps;
    if (tuning < 0) return rate;
    if (halvings) return rate / 2 ** halvings.filter((at) => at <= tuning).length;
    return rate * (1 + Math.cos(Math.PI * tuning / Math.max(1, steps - pruningSteps))) / 2;
  };
}

/**
 * Trains one method as the paper does (Adam with betas 0.9 and 0.99, mean absolute error, one optimizer
 * for both stages) and scores it. Methods of one seed begin with the same weights and see the same
 * batches.
 */
export async function trainAndTest(
  spec: RunSpec,
  options: TrainAndTestOptions,
): Promise<Trained> {
  requireOptions("trainAndTest", options, TRAIN_AND_TEST_OPTIONS);
  const { data, runtime, progress = silent, signal, checkpoints, logPoints = 40 } = options;
  const { pruningSteps, steps, seed, sparsity } = spec;
  const model = NETWORKS[spec.network].build(data.scale, seed);
  const source = patches(data.train, {
    scale: data.scale,
    batchSize: spec.batchSize,
    size: spec.patch,
    stepsPerEpoch: steps,
    seed,
  });
  const loss = meanAbsoluteError();
  const probe = await gradientProbe(model, { runtime, loss });
  const watch = await startStopwatch(timesIn(checkpoints));
  const method = METHODS[spec.method].method(spec);
  const start = magnitudeMasks(model, sparsity);
  const log = await openLog(checkpoints && `${checkpoints}/log.jsonl`);
  const every = logSteps(spec, logPoints);
  try {
    const result = await fit(model, source, {
      epochs: 1,
      loss,
      optimizer: adamW({ betas: [0.9, 0.99], epsilon: 1e-8, weightDecay: 0 }),
      schedule: twoStages(spec.rate, pruningSteps, spec.halvings),
      seed,
      runtime,
      sparsify: method && timed(method, watch),
      signal,
      ...checkpoints !== undefined && savedIn(checkpoints, "run"),
      progress: watch.keptBy(progress),
      watch: {
        everySteps: every,
        look: async ({ step, loss, model: now, masks = magnitudeMasks(now, sparsity) }) => {
          await log.add(withoutUndefined({
            step,
            loss,
            turnover: maskChurn(start, masks),
            gradients: await probe.norms(now, await source.batch(1, step)),
            psnr: step === pruningSteps
              ? (await scoreModel(maskWeights(now, masks), data, runtime)).mean
              : undefined,
            validation: data.validation.length > 0 && step % (4 * every) === 0
              ? (await scoreModel(now, { ...data, test: data.validation }, runtime)).mean
              : undefined,
          }));
        },
      },
    });
    const times = watch.times();
    return {
      model: result.model,
      masks: result.masks,
      row: {
        ...spec,
        trained: data.trainName,
        tested: data.testName,
        ...await testScores(result.model, data, runtime),
        ...fromLog(log.points(), pruningSteps),
        ...zerosOf(result.model, result.masks),
        turnover: maskChurn(start, result.masks ?? magnitudeMasks(result.model, sparsity)),
        ...times,
      },
    };
  } finally {
    await probe.release();
  }
}

/** What the log says of the cut and of the fine-tuning after it. */
function fromLog(log: LogPoint[], pruningSteps: number): Pick<Row, "afterCut" | "gradient" | "log"> {
  const cut = log.find(({ step }) => step === pruningSteps);
  const tuning = log.filter(({ step }) => step > pruningSteps).map(({ gradients }) => total(gradients));
  return withoutUndefined({
    afterCut: cut?.psnr,
    gradient: tuning.reduce((a, b) => a + b, 0) / Math.max(1, tuning.length),
    log,
  });
}

/** Weights that stay and shares that are zero; a dense network has no zeros that were counted. */
function zerosOf(model: Model, masks: Masks | undefined): Pick<Row, "kept" | "zerosOfPruned" | "zerosOfAll"> {
  const counted = masks && sparsityOf(model, masks);
  return {
    kept: counted?.kept ?? 0,
    zerosOfPruned: counted?.ofMasked ?? 0,
    zerosOfAll: counted?.ofModel ?? 0,
  };
}

/** Quality of a trained network, as a row has it. */
export async function testScores(
  model: Model,
  data: SuperresData,
  runtime: Runtime,
): Promise<Pick<Row, "psnr" | "pictures" | "sets">> {
  return await withUpscaler(model, runtime, async (upscale) => {
    const { mean, images } = await scoreOf(data, upscale);
    return { psnr: mean, pictures: images, sets: await scoreSets(data, upscale) };
  });
}

/** Looks at a run are so far apart that the cut falls on one of them. */
function logSteps({ pruningSteps, steps }: RunSpec, points: number): number {
  let every = Math.max(1, Math.floor(steps / points));
  while (pruningSteps % every) every--;
  return every;
}

/** A training is saved once a minute. */
export function savedIn(folder: string, name: string): Pick<FitOptions, "checkpoint"> {
  return { checkpoint: { path: `${folder}/${name}.safetensors`, everySeconds: 60 } };
}

/** The file of a run's times, beside its checkpoints. */
export function timesIn(folder: string | undefined): string | undefined {
  return folder === undefined ? undefined : `${folder}/times.jsonl`;
}

const LOG_POINT = fields(
  { step: count, loss: number, turnover: number, gradients: dictionary(number) },
  { psnr: number, validation: number },
);

/** The log of a run: kept in a file, where it is given one, so that it survives with the run's checkpoint. */
async function openLog(
  path: string | undefined,
): Promise<{ add(point: LogPoint): Promise<void>; points(): LogPoint[] }> {
  const points = new Map<number, LogPoint>();
  const lines = path === undefined ? [] : await readJsonLines<LogPoint>(path, LOG_POINT);
  for (const point of lines) points.set(point.step, point);
  return {
    async add(point) {
      points.set(point.step, point);
      if (path !== undefined) await appendJsonLine(path, point);
    },
    points: () => [...points.values()].sort((a, b) => a.step - b.step),
  };
}

/** The method, with its work on the watch. */
function timed(method: SparseMethod, watch: Stopwatch): SparseMethod {
  const onClock = (hook: "beforeStep" | "afterStep") => {
    const work = method[hook];
    if (!work) return {};
    return {
      async [hook](layers: readonly SparseLayer[], now: SparseMoment, plan: unknown) {
        await watch.sparsify(() => work.call(method, layers, now, plan));
      },
    };
  };
  return { ...method, ...onClock("beforeStep"), ...onClock("afterStep") };
}

function total(norms: Record<string, number>): number {
  return Math.hypot(...Object.values(norms));
}
