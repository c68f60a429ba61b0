import { RangeError } from "../errors.ts";
import { weightsOf } from "../nn/weights.ts";
import { quoted } from "../printable.ts";
import { type OptionNames, requireOptions, withoutUndefined } from "../options.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import type { Model } from "../onnx/model.ts";
import { inFloat32 } from "../onnx/passes/in_float32.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import { upgradeOpset } from "../onnx/upgrade.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { TrainingData } from "./batches.ts";
import { cutFor } from "./fixed_batch_size.ts";
import { lossBatches } from "./loss_batches.ts";
import { crossEntropy, type Loss, requireLoss } from "./losses.ts";
import { requireFinite } from "./require_finite.ts";
import { batchFeeds, withLoss } from "./with_loss.ts";
import { withRuntime } from "./with_runtime.ts";
import { stopSignal } from "../stop.ts";
import { arrayOf } from "../tensor/arrays.ts";
import { isTensor, type Tensor } from "../tensor/tensor.ts";

/** Settings of {@linkcode evaluate}. */
export interface EvaluateOptions {
  /** The loss that is computed. Default cross entropy. */
  loss?: Loss | undefined;
  /** Examples per run. Default 128, or what the model fixes. */
  batchSize?: number | undefined;
  /**
   * Counts also the examples whose label is among this many largest outputs: `topAccuracy`. Default: not
   * counted.
   */
  top?: number | undefined;
  /** The engine that computes. Default: the best one there is, opened for this and closed after it. */
  runtime?: Runtime | undefined;
  /** Ends the evaluation after the batch at hand, with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Names of {@linkcode EvaluateOptions}. */
export const EVALUATE_OPTIONS: OptionNames<EvaluateOptions> = {
  loss: true,
  batchSize: true,
  top: true,
  runtime: true,
  signal: true,
};

/** How well a model does. */
export interface Evaluation {
  /** How many were looked at. */
  examples: number;
  /** Mean over the examples. */
  loss: number;
  /**
   * Part of the labels, one an example or one a place of it, that are where the main output is largest among
   * the classes, 0 to 1; only where there are labels.
   */
  accuracy?: number;
  /** Part of the labels that are among the largest outputs; only where `top` was given. */
  topAccuracy?: number;
}

/**
 * Loss and, with a target `labels`, accuracy of a model over examples, in inference mode and in order. Where
 * the model fixes its batch size, a smaller last batch is left out: `examples` says how many were looked at.
 * Floats of other sizes are computed with in float32, as the loss is.
 *
 * @throws TypeError where data and model do not fit together; RangeError where a label is none of the model's
 * classes, or the loss is no number because a weight holds some that are none
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { GraphBuilder } from "../onnx/builder.ts";
 * import { float32, int64 } from "../tensor/tensor.ts";
 *
 * const g = new GraphBuilder(); // gives its input back: the larger number is the class
 * g.output(g.identity(g.input("scores", "float32", ["N", 2])), "logits");
 * const { accuracy, examples } = await evaluate(g.model(), {
 *   inputs: float32([3, 1, 0, 2, 5, 4], [3, 2]),
 *   targets: int64([0, 1, 1]),
 * });
 * assert.equal(examples, 3);
 * assert.equal(accuracy, 2 / 3);
 * ```
 */
export async function evaluate(
  model: Model,
  data: TrainingData,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  requireOptions("evaluate", options, EVALUATE_OPTIONS);
  const { loss = crossEntropy(), batchSize, top, runtime, signal: own } = options;
  const signal = stopSignal(own);
  requireLoss("evaluate", loss);
  const graph = evaluationGraph(model, loss, top);
  const batches = lossBatches("evaluate", data, loss, {
    ...cutFor("evaluate", model, data, batchSize),
    input: graph.inputs[0]!,
  });
  return await withRuntime(runtime, async (engine) => {
    const session = await engine.session(graph.model);
    const sums = { examples: 0, labels: 0, loss: 0, correct: 0, among: 0 };
    try {
      for (let step = 0; step < batches.stepsPerEpoch; step++) {
        signal?.throwIfAborted();
        const batch = await batches.batch(0, step);
        const feeds = batchFeeds("evaluate", loss, graph.targets, batch);
        loss.check?.(batch.targets, graph.outputShape);
        const result = await session.run(feeds);
        const rows = Object.values(batch.inputs)[0]!.dims[0]!;
        sums.examples += rows;
        if (graph.correct) sums.labels += batch.targets.labels!.size;
        sums.loss += rows * Number(result[graph.loss]!.data[0]);
        if (graph.correct) sums.correct += Number(result[graph.correct]!.data[0]);
        if (graph.among) sums.among += Number(result[graph.among]!.data[0]);
      }
    } finally {
      await session.release();
    }
    if (!Number.isFinite(sums.loss)) requireFiniteWeights(model);
    return withoutUndefined({
      examples: sums.examples,
      loss: sums.loss / sums.examples,
      accuracy: graph.correct ? sums.correct / sums.labels : undefined,
      topAccuracy: graph.among ? sums.among / sums.labels : undefined,
    });
  });
}

/** Throws RangeError where numbers of a weight are none: what comes of them says nothing. */
export function requireFiniteWeights(model: Model): void {
  const learned = new Set(weightsOf(model).map(({ name }) => name));
  const suspects = [...constantsToInitializers(model).graph.initializers].filter(
    (entry): entry is [string, Tensor] => {
      const [name, tensor] = entry;
      if (!isTensor(tensor) || !tensor.type.startsWith("float")) return false;
      // Masks hold -Infinity; and a bias that holds NaN is not taken for one that was learned.
      return learned.has(name) || arrayOf(tensor).some(Number.isNaN);
    },
  );
  requireFinite(
    suspects,
    `evaluate ${quoted(model.graph.name)}`,
    "the loss is no number; look at how the weights came to be",
  );
}

/** The model with its loss, and the numbers of right answers where there are labels, as its outputs. */
function evaluationGraph(model: Model, loss: Loss, top: number | undefined): {
  model: Model;
  inputs: string[];
  targets: Record<string, Value>;
  loss: Value;
  correct: Value | undefined;
  among: Value | undefined;
  outputShape: readonly (number | string)[];
} {
  const upgraded = upgradeOpset(inFloat32(constantsToInitializers(model))); // the loss is written in that operator set
  const g = new GraphBuilder(inferShapes(upgraded).graph, upgraded.info.opsets);
  const inputs = g.fedInputs;
  const { value, targets, main, outputShape } = withLoss(g, loss);
  const { labels } = targets;
  g.output(value);
  const count = (hits: Value) => {
    const sum = g.reduceSum(g.cast(hits, "float32"), undefined, { keepdims: false });
    g.output(sum);
    return sum;
  };
  // A label an example, or one for each place behind the classes.
  const classified = labels !== undefined && outputShape.length >= 2 &&
    g.shape(labels).slice(1).join() === outputShape.slice(2).join();
  if (top !== undefined) requireTop(top, outputShape[1]);
  const correct = classified ? count(g.equal(g.argMax(main, 1, { keepdims: false }), labels)) : undefined;
  const among = classified && top !== undefined
    ? count(g.equal(g.topK(main, top, 1)[1], g.unsqueeze(labels, [1])))
    : undefined;
  return { model: upgraded.withGraph(g.graph()), inputs, targets, loss: value, correct, among, outputShape };
}

function requireTop(top: number, classes: number | string | undefined): void {
  const most = typeof classes === "number" ? classes : Infinity;
  if (Number.isInteger(top) && top >= 1 && top <= most) return;
  throw new RangeError(
    `Cannot look for labels among the ${top} largest outputs: expected a whole number from 1 to the model's ${
      classes ?? "number of"
    } classes`,
  );
}
