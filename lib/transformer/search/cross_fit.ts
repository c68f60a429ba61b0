import { RangeError } from "../../errors.ts";
import { givenInWords } from "../../given.ts";
import { omitNames, type OptionNames, requireOptions } from "../../options.ts";
import type { Model } from "../../onnx/model.ts";
import { defaultRuntime } from "../../runtime/run_model.ts";
import { comparePredictions, type PredictionChange } from "../../text/metrics.ts";
import type { BatchSource, TrainingData } from "../../train/batches.ts";
import { emptyConfiguration, withRemoved } from "../configuration.ts";
import { blockOf, type Configuration, type ElementId } from "../elements.ts";
import { batchesOf, type Evaluated, type Evaluator, openEvaluator } from "./evaluator.ts";
import { judge, type Judged } from "./judged.ts";
import { AX_SEARCH_OPTIONS, axSearch, type AxSearched, type AxSearchOptions } from "./search.ts";
import type { SearchTrace } from "./trace.ts";
import { stopSignal } from "../../stop.ts";
import { elementsOf, type Transformer, transformerOf } from "../transformer.ts";

/** Settings of {@linkcode crossFit}: those of the searches, and traces of all of them in place of one's. */
export interface CrossFitOptions extends Omit<AxSearchOptions, "confirm" | "resume" | "onStep"> {
  /** Number of searches, each without one part of the data. Default 5. */
  folds?: number | undefined;
  /** Traces to go on from, one for each search that was begun: their steps are not computed again. */
  resume?: readonly SearchTrace[] | undefined;
  /** Told of the traces of all searches so far after each step, to save them; the last is not at its end. */
  onStep?: ((traces: readonly SearchTrace[]) => void | Promise<void>) | undefined;
}

/** Names of {@linkcode CrossFitOptions}. */
const CROSS_FIT_OPTIONS: OptionNames<CrossFitOptions> = {
  folds: true,
  resume: true,
  onStep: true,
  ...omitNames(AX_SEARCH_OPTIONS, "confirm", "resume", "onStep"),
};

/** A search without one part of the data, and what it is worth on that part. */
export interface Fold {
  /** Configuration that was decided on the other parts. */
  searched: AxSearched;
  /** The untouched network on this part. */
  before: Judged;
  /** The network without what was decided, on this part. */
  after: Judged;
}

/** Result of {@linkcode crossFit}. */
export interface CrossFitted {
  /** The elements that go in more than half of the searches. */
  configuration: Configuration;
  /** In how many of the searches each element goes, by itself or with its block; those that never go, 0. */
  agreement: ReadonlyMap<ElementId, number>;
  /** The searches. */
  folds: readonly Fold[];
  /** The untouched network on all data. */
  before: Judged;
  /** All data, each example by a network that was decided on without it. */
  after: Judged;
  /** What these networks answer differently, and McNemar's test; undefined where there are no classes. */
  change: PredictionChange | undefined;
}

/**
 * What searching is worth on data that it did not look at, where there are too few to set some aside: the
 * data are divided, and each part judges a search on all others. A search looks at its data some hundred
 * times, and its own loss on them is too good. It also shows which elements go whatever the data, and which
 * only on some.
 *
 * Batches are dealt out in turns, so parts have like lengths where batches are sorted by length. It takes as
 * long as `folds` searches.
 *
 * @param validation examples, or batches, as `axSearch` takes them
 * @throws RangeError where there are fewer batches than folds, or more traces; what `axSearch` throws
 */
export async function crossFit(
  model: Model,
  validation: TrainingData,
  settings: CrossFitOptions = {},
): Promise<CrossFitted> {
  requireOptions("crossFit", settings, CROSS_FIT_OPTIONS);
  const { folds: count = 5, resume = [], onStep, ...options } = settings;
  const { groups, k, renormalize = false, batchSize, loss } = options;
  const signal = stopSignal(options.signal);
  const transformer = transformerOf(model, { groups });
  const source = batchesOf(transformer, validation, batchSize);
  requireFolds(count, source, resume);
  const runtime = options.runtime ?? await defaultRuntime();
  const traces: SearchTrace[] = [];
  const folds: Fold[] = [];
  const parts: Part[] = [];
  for (let fold = 0; fold < count; fold++) {
    const searched = await axSearch(model, partOf(source, (step) => step % count !== fold), {
      ...options,
      runtime,
      signal,
      resume: resume[fold],
      onStep: typeof onStep === "function" ? (trace) => onStep([...traces, trace]) : onStep,
    });
    traces.push(searched.trace);
    const own = partOf(source, (step) => step % count === fold);
    const evaluator = await openEvaluator(transformer, own, { runtime, renormalize, loss, signal });
    const part = await partWith(evaluator, searched.configuration);
    folds.push({ searched, before: judge(part.before, part.labels), after: judge(part.after, part.labels) });
    parts.push(part);
  }
  const agreement = countGone(transformer, folds);
  const often = [...agreement].filter(([, times]) => 2 * times > count).map(([id]) => id);
  const empty = emptyConfiguration(transformer, { k, renormalize });
  const labels = parts.every(({ labels }) => labels)
    ? Int32Array.from(parts.flatMap(({ labels }) => [...labels!]))
    : undefined;
  const [before, after] = [
    together(parts.map((part) => part.before)),
    together(parts.map((part) => part.after)),
  ];
  return {
    configuration: withRemoved(empty, often),
    agreement,
    folds,
    before: judge(before, labels),
    after: judge(after, labels),
    change: labels && before.predictions && after.predictions &&
      comparePredictions(before.predictions, after.predictions, labels),
  };
}

/** Refuses a number of folds that there are not as many batches for, or fewer folds than traces. */
function requireFolds(count: number, { stepsPerEpoch }: BatchSource, resume: readonly SearchTrace[]): void {
  if (!Number.isInteger(count) || count < 2 || count > stepsPerEpoch) {
    throw new RangeError(
      `Cannot divide ${stepsPerEpoch} batches into ${count} folds: expected a whole number from 2 to the ` +
        `number of batches; give fewer folds, or a smaller batchSize`,
    );
  }
  if (Array.isArray(resume) && resume.length <= count) return;
  throw new RangeError(
    `Cannot go on with ${
      givenInWords(resume)
    } for ${count} folds: expected a trace of each search that was begun, ` +
      `as onStep was given them`,
  );
}

/** The untouched network and a configuration on one part of the data. */
interface Part extends Pick<Evaluator, "labels"> {
  before: Evaluated;
  after: Evaluated;
}

/** Evaluates a configuration, and closes the evaluator. */
async function partWith(evaluator: Evaluator, configuration: Configuration): Promise<Part> {
  try {
    const before = await evaluator.evaluate({ ...configuration, removed: [] });
    return { labels: evaluator.labels, before, after: await evaluator.evaluate(configuration) };
  } finally {
    await evaluator.release();
  }
}

/** Some of the batches. */
function partOf(source: BatchSource, chosen: (step: number) => boolean): BatchSource {
  const steps = Array.from({ length: source.stepsPerEpoch }, (_, step) => step).filter(chosen);
  return { stepsPerEpoch: steps.length, batch: (epoch, step) => source.batch(epoch, steps[step]!) };
}

/** In how many searches each element goes: a block takes its parts along. */
function countGone(transformer: Transformer, folds: readonly Fold[]): Map<ElementId, number> {
  const gone = folds.map(({ searched }) => new Set(searched.configuration.removed));
  return new Map(
    elementsOf(transformer).map((id) => {
      const block = blockOf(id);
      return [id, gone.filter((set) => set.has(id) || (block !== undefined && set.has(block))).length];
    }),
  );
}

/** What was found on parts of the data, as if on all. */
function together(parts: readonly Evaluated[]): Pick<Evaluated, "losses" | "predictions"> {
  return {
    losses: Float64Array.from(parts.flatMap(({ losses }) => [...losses])),
    predictions: parts.every(({ predictions }) => predictions)
      ? parts.flatMap(({ predictions }) => predictions!)
      : undefined,
  };
}
