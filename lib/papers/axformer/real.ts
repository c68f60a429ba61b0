import { withoutUndefined } from "../../options.ts";
import { Error, RangeError } from "../../errors.ts";
import { dataFolders } from "../../data/folders.ts";
import { existsSync } from "node:fs";
import { countMacs } from "../../onnx/count_macs.ts";
import type { Model } from "../../onnx/model.ts";
import { type Progress, silent } from "../../progress.ts";
import { planPruning, prune } from "../../prune/mod.ts";
import { seededRandom } from "../../random.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import {
  fineTune,
  glue,
  type GlueName,
  loadEncoder,
  loadTokenizer,
  METRICS,
  predictionsOf,
  predictTexts,
  scorePredictions,
  taskBatches,
  type TextBatches,
  type TextExample,
} from "../../text/mod.ts";
import {
  type Configuration,
  type ElementId,
  emptyConfiguration,
  type FavourRule,
  maskGradients,
  removeElements,
  type SweepRule,
  timeInTurns,
  transformerOf,
} from "../../transformer/mod.ts";
import { keptSearch } from "./kept_search.ts";
import { RULES } from "./rules.ts";
import { PASSES, type Way } from "./ways.ts";

/** How a pretrained encoder is fine-tuned. */
export interface TunedSpec {
  /** Folder of the encoder, under `ESPALIER_DATA` or in the cache. */
  encoder: string;
  /** Task of GLUE. */
  task: GlueName;
  /** Texts to learn from, at most: a task may have fewer. */
  train: number;
  /** Texts cut off from the training texts, to decide on. */
  validation: number;
  /** Times that the texts are gone through. */
  epochs: number;
  /** Highest learning rate. */
  rate: number;
  /** Source of the classes: the mean over tokens, or the first. */
  pooling: "first" | "mean";
  /** Whether the authors' own split is taken, `val` beside `train`, and all of it. Default: cut at random. */
  authorsSplit?: true;
  /** Seed of the texts' choice, of the head's weights and of the order. */
  seed: number;
}

/** A way on a fine-tuned encoder. */
export interface RealSpec extends TunedSpec {
  /** The way. */
  way: Way;
  /** Part of all parameters that those with a budget may keep. */
  keep: number;
  /**
   * Texts of a batch of searches, sorted by length: the released rule takes the mean of batches' means.
   * Default 32.
   */
  searchBatch?: number | undefined;
}

/**
 * Result of a way on the task's development set. Its `train` and `validation` are the numbers of texts that
 * there were; rows that were computed before that was counted have those that were asked for.
 */
export interface RealRow extends RealSpec {
  /** The task's metric. */
  metric: string;
  /** Value of the task's metric. */
  score: number;
  /** Score of always answering the majority. */
  majority: number;
  /** Whether the model gives one answer almost always. */
  collapsed: boolean;
  /** Parameters that are left, as a part. */
  parameters: number;
  /** Milliseconds of one pass over the development set before and after, in turns. */
  milliseconds: readonly [before: number, after: number];
  /** Speed of the smaller encoder over that of the whole one, with its interval. */
  faster: { ratio: number; low: number; high: number };
  /** Elements that go, where some do. */
  configuration?: Configuration;
  /** Seconds that the choice took; of a search that was stopped, since it went on. */
  seconds: number;
}

/** Data that a task and an encoder are read from. */
export const dataOf = ({ task, encoder }: TunedSpec): string[] => [
  task === "sst2" ? "sst2" : "glue",
  encoder,
];

/** The folder of an encoder; whatever is there is what the run's data digest names. */
function folderOf(encoder: string): string {
  const folders = dataFolders(encoder);
  const found = folders.find((folder) => existsSync(`${folder}/config.json`));
  if (found !== undefined) return found;
  throw new Error(
    `Cannot find the encoder ${encoder}: looked in ${folders.join(" and ")}; ` +
      `\`deno task data all-minilm-l6-v2\` fetches the small one, others are yours to put there`,
  );
}

/** The texts of a run: those to learn from, those to decide on, and those to report on. */
async function textsOf({ task, train, validation, authorsSplit, seed }: TunedSpec) {
  const { examples, labels, metrics } = await glue(task, "train");
  if (authorsSplit) {
    const [val, dev] = [await glue(task, "val"), await glue(task, "dev")];
    return { labels, metric: metrics[0]!, validation: val.examples, train: examples, dev: dev.examples };
  }
  const order = seededRandom(seed, "texts").permutation(examples.length);
  const chosen = Array.from(order.subarray(0, train + validation), (i) => examples[i]!);
  if (chosen.length <= validation) {
    throw new RangeError(
      `Cannot fine-tune on ${task} with ${validation} of its training texts to decide on: there are ` +
        `${examples.length}, so that none is left to learn from; ask for fewer`,
    );
  }
  return {
    labels,
    metric: metrics[0]!,
    validation: chosen.slice(0, validation),
    train: chosen.slice(validation),
    dev: (await glue(task, "dev")).examples,
  };
}

/** Fine-tunes the encoder. */
export async function tune(
  spec: TunedSpec,
  { runtime, progress, checkpoints }: { runtime: Runtime; progress?: Progress; checkpoints: string },
): Promise<Model> {
  const folder = folderOf(spec.encoder);
  const tokenizer = await loadTokenizer(folder);
  const { labels, train } = await textsOf(spec);
  const { seed, pooling, epochs, rate } = spec;
  const { model } = await loadEncoder(folder, { classes: Math.max(1, labels.length), pooling, seed });
  const { model: tuned } = await fineTune(model, tokenizer, { train, labels }, {
    epochs,
    rate,
    seed,
    runtime,
    checkpoint: `${checkpoints}/fine-tuning`,
    progress,
  });
  return tuned;
}

/** Decides what goes on the validation texts, removes it, and reports on the development set. */
export async function wayOn(
  model: Model,
  spec: RealSpec,
  context: { runtime: Runtime; progress?: Progress; checkpoints: string },
): Promise<RealRow> {
  const { runtime } = context;
  const tokenizer = await loadTokenizer(folderOf(spec.encoder));
  const { labels, metric, train, validation, dev } = await textsOf(spec);
  const batches = (examples: readonly TextExample[], batchSize: number) =>
    taskBatches(model, tokenizer, { examples, labels }, { batchSize });
  const began = performance.now();
  const decided = await DECIDE[spec.way](model, {
    ...spec,
    ...context,
    batches: (batchSize) => batches(validation, batchSize),
  });
  const seconds = (performance.now() - began) / 1000;
  const smaller = decided.model;
  const predictions = predictionsOf(await predictTexts(smaller, tokenizer, dev, { runtime }));
  const score = scorePredictions(metric, predictions, dev.map(({ label }) => label!));
  const timed = batches(dev.slice(0, 128), 32);
  const feeds = await Promise.all(
    Array.from({ length: timed.stepsPerEpoch }, async (_, step) => (await timed.batch(0, step)).inputs),
  );
  const { before, after, ratio, interval } = await timeInTurns(model, smaller, feeds, {
    runs: 10,
    warmUp: 2,
    runtime,
  });
  return withoutUndefined({
    ...spec,
    train: train.length,
    validation: validation.length,
    metric,
    score: METRICS[metric](predictions, dev.map(({ label }) => label!)),
    majority: score.majority,
    collapsed: score.collapsed,
    parameters: parametersOf(smaller) / parametersOf(model),
    milliseconds: [before.median, after.median],
    faster: { ratio, low: interval.low, high: interval.high },
    configuration: decided.configuration,
    seconds,
  });
}

interface Deciding extends RealSpec {
  runtime: Runtime;
  progress?: Progress;
  checkpoints: string;
  batches: (batchSize: number) => TextBatches;
}

interface Decided {
  model: Model;
  configuration?: Configuration;
}

/** The model without what a search finds, which tries so many things, about. */
const searching =
  (rule: (deciding: Deciding) => SweepRule | FavourRule, steps: number) =>
  async (model: Model, deciding: Deciding): Promise<Decided> => {
    const { runtime, batches, progress = silent, checkpoints, searchBatch = 32 } = deciding;
    const { configuration } = await keptSearch(model, batches(searchBatch), {
      rule: rule(deciding),
      runtime,
      path: `${checkpoints}/search.json`,
      progress,
      steps,
    });
    return { model: removeElements(model, configuration), configuration };
  };

/** Actions of all ways. */
const DECIDE: Readonly<Record<Way, (model: Model, deciding: Deciding) => Promise<Decided>>> = {
  plain: (model) => Promise.resolve({ model }),
  released: searching(() => RULES.released.rule, PASSES.released),
  compare: searching(() => RULES.compare.rule, PASSES.compare),
  "least-loss": searching(({ keep }) => ({ favour: "size", budget: keep }), PASSES["least-loss"]),
  async heads(model, { runtime, batches, keep }) {
    const transformer = transformerOf(model);
    const gradients = await maskGradients(transformer, batches(8), { runtime });
    const norm = (layer: number) => {
      const own = [...gradients].filter(([id]) => id.startsWith(`attention.${layer}.`));
      return Math.hypot(...own.map(([, gradient]) => gradient));
    };
    const heads = [...gradients].filter(([id]) => id.startsWith("attention.")).map(([id, gradient]) => ({
      id,
      importance: gradient / norm(Number(id.split(".")[1])),
    })).sort((a, b) => a.importance - b.importance);
    return upTo(model, heads.map(({ id }) => id), keep);
  },
  layers(model, { keep }) {
    const { blocks } = transformerOf(model);
    const order = blocks.toSorted((a, b) => b.layer - a.layer).map(({ id }): ElementId => id);
    return Promise.resolve(upTo(model, order, keep, 2));
  },
  channels(model, { keep }) {
    const plan = planPruning(model, {
      target: { parameters: keep },
      criterion: "group-l2",
      ...shapesOf(model),
    });
    return Promise.resolve({ model: prune(model, plan) });
  },
};

/** The model without the first of some elements, so many at a time as bring it to so few parameters. */
function upTo(model: Model, order: readonly ElementId[], keep: number, step = 1): Decided {
  const most = parametersOf(model) * keep;
  for (let count = step; count <= order.length; count += step) {
    const configuration = { ...emptyConfiguration({ groups: 12 }), removed: order.slice(0, count) };
    const smaller = removeElements(model, configuration);
    if (parametersOf(smaller) <= most || count + step > order.length) {
      return { model: smaller, configuration };
    }
  }
  return { model };
}

function shapesOf({ graph }: Model): { inputShapes: Record<string, number[]> } {
  const fed = graph.inputs.filter((name) => !graph.initializers.has(name));
  return { inputShapes: Object.fromEntries(fed.map((name) => [name, [1, 32]])) };
}

const parametersOf = (model: Model): number => countMacs(model, shapesOf(model)).parameters;
