import { RangeError, TypeError } from "../../errors.ts";
import { fedInputs } from "../../onnx/topology.ts";
import { type OptionNames, requireOptions, requireWords } from "../../options.ts";
import { checkFeeds, type InputInfo } from "../../runtime/feeds.ts";
import { requireRuntime } from "../../runtime/require_runtime.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { requireFiniteWeights } from "../../train/evaluate.ts";
import { crossEntropy } from "../../train/losses.ts";
import { toLabels } from "../../train/labels.ts";
import { lossBatches } from "../../train/loss_batches.ts";
import type { Batch, BatchSource, TrainingData } from "../../train/batches.ts";
import type { Configuration } from "../elements.ts";
import { type ExampleLoss, lossFor, requireExampleLoss, scoresOf } from "../example_losses.ts";
import { maskedSessions } from "./masked_sessions.ts";
import type { Transformer } from "../transformer.ts";
import { numbersOf } from "../../tensor/tensor.ts";

/** Loss and score of a configuration on the validation data. */
export interface Evaluated {
  /** Mean loss; Infinity where the evaluation was stopped because it could only be above the limit. */
  loss: number;
  /** Loss of each example; of those seen, where it was stopped. */
  losses: Float64Array;
  /** Class that each example is put into; undefined where there are no classes. */
  predictions: number[] | undefined;
}

/** Evaluates configurations of one network on one set of data, in one session. */
export interface Evaluator {
  /** Number of examples. */
  readonly examples: number;
  /** Labels of the examples; undefined where there are no classes. */
  readonly labels: Int32Array | undefined;
  /**
   * Loss and predictions with a configuration's elements masked.
   *
   * @param abortAbove the evaluation stops once the mean loss must be above this; losses are not negative
   * @throws RangeError where nothing is masked and a loss is no finite number
   */
  evaluate(configuration: Configuration, abortAbove?: number): Promise<Evaluated>;
  /** Frees the sessions. */
  release(): Promise<void>;
}

/** Settings of {@linkcode openEvaluator}. */
export interface EvaluatorOptions {
  /** Engine that computes. */
  runtime: Runtime;
  /** Examples per run, where the data are not in batches already. Default 128. */
  batchSize?: number | undefined;
  /** Loss of each example. Default: by the names of the targets. */
  loss?: ExampleLoss | undefined;
  /** Whether the mean is taken over examples, or over the means of batches as in the released code. */
  mean?: "examples" | "batches" | undefined;
  /** Whether hard attention scales its weights up to sum to 1. Default false. */
  renormalize?: boolean | undefined;
  /** Ends an evaluation after the batch at hand, with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Names of {@linkcode EvaluatorOptions}. */
const EVALUATOR_OPTIONS: OptionNames<EvaluatorOptions> = {
  runtime: true,
  batchSize: true,
  loss: true,
  mean: true,
  renormalize: true,
  signal: true,
};

/**
 * Opens what a search needs: data in batches, and sessions of the network to which a configuration is fed.
 *
 * @throws RangeError where there are no examples; TypeError where the loss is none, or the model is not fed
 * what it expects, naming all of that
 */
export async function openEvaluator(
  transformer: Transformer,
  data: TrainingData,
  options: EvaluatorOptions,
): Promise<Evaluator> {
  requireOptions("openEvaluator", options, EVALUATOR_OPTIONS);
  const { runtime, batchSize = 128, loss, mean = "examples", renormalize = false, signal } = options;
  requireWords("evaluate a configuration", { mean }, { mean: { examples: true, batches: true } });
  requireRuntime(runtime);
  if (loss !== undefined) requireExampleLoss(loss);
  const source = batchesOf(transformer, data, batchSize);
  const expected = inputsOf(transformer);
  const batches: Batch[] = [];
  for (let step = 0; step < source.stepsPerEpoch; step++) {
    signal?.throwIfAborted();
    const batch = await source.batch(0, step);
    checkFeeds(batch.inputs, expected);
    batches.push(batch);
  }
  if (batches.length === 0) {
    throw new RangeError("Cannot evaluate on no examples: expected at least one batch");
  }
  const sizes = batches.map(({ inputs }) => Object.values(inputs)[0]!.dims[0]!);
  const examples = sizes.reduce((a, b) => a + b, 0);
  const score = loss ?? lossFor(batches[0]!.targets);
  const labels = labelsOf(batches, { examples, own: loss !== undefined });
  const sessions = maskedSessions(transformer, { runtime, renormalize });
  return {
    examples,
    labels,
    evaluate: (configuration, abortAbove = Infinity) =>
      sessions.with(configuration, async (run) => {
        const losses = new Float64Array(examples);
        const predictions: number[] = [];
        let total = 0;
        let seen = 0;
        for (const [i, { inputs, targets }] of batches.entries()) {
          signal?.throwIfAborted();
          const scores = scoresOf(score, await run(inputs), { targets, examples: sizes[i]! });
          losses.set(scores.losses, seen);
          predictions.push(...scores.predictions ?? []);
          seen += sizes[i]!;
          const sum = scores.losses.reduce((a, b) => a + b, 0);
          total += mean === "batches" ? sum / sizes[i]! / batches.length : sum / examples;
          if (total > abortAbove && seen < examples) {
            return { loss: Infinity, losses: losses.subarray(0, seen), predictions: undefined };
          }
        }
        if (configuration.removed.length === 0) requireFinite(losses, transformer);
        return {
          loss: total,
          losses,
          predictions: predictions.length === examples ? predictions : undefined,
        };
      }),
    release: sessions.release,
  };
}

/**
 * The class of each example; undefined where the targets say none, as those of a loss of one's `own` may.
 *
 * @throws TypeError where labels are none, and the loss is not one's own
 */
function labelsOf(
  batches: readonly Batch[],
  { examples, own }: { examples: number; own: boolean },
): Int32Array | undefined {
  const given = batches.map(({ targets: { labels } }) => labels);
  if (!given.every((labels) => labels !== undefined)) return undefined;
  try {
    const classes = Int32Array.from(given.flatMap((labels) => numbersOf(toLabels(labels))));
    return classes.length === examples && classes.every((label) => label >= 0) ? classes : undefined;
  } catch (error) {
    if (own && error instanceof TypeError) return undefined;
    throw error;
  }
}

/** What the model is fed, before masks are. */
function inputsOf({ model: { graph } }: Transformer): InputInfo[] {
  return fedInputs(graph).map((name) => {
    const { type = "", shape = [] } = graph.values.get(name) ?? {};
    return { name, type, shape };
  });
}

/** Refuses losses of the untouched network that nothing can be compared with. */
function requireFinite(losses: Float64Array, { model }: Transformer): void {
  const example = losses.findIndex((loss) => !Number.isFinite(loss));
  if (example < 0) return;
  requireFiniteWeights(model);
  throw new RangeError(
    `Cannot search: the untouched network's loss of example ${example} is ${
      losses[example]
    }, although its weights ` +
      `are numbers; look at the example's inputs and targets`,
  );
}

/** Data as batches of one epoch; a single tensor is the first input, or the labels. */
export function batchesOf({ model }: Transformer, data: TrainingData, batchSize = 128): BatchSource {
  const { graph } = model;
  const input = fedInputs(graph)[0]!;
  return lossBatches("search", data, crossEntropy(), { batchSize, input });
}
