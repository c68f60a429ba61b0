import { RangeError, TypeError } from "../errors.ts";
import type { Tensors } from "../runtime/runtime.ts";
import { logSumExp } from "../statistics/logits.ts";
import { predictionsOf } from "../text/metrics.ts";
import { float32, type Tensor, type TensorType } from "../tensor/tensor.ts";
import { arrayOf, float32Of } from "../tensor/arrays.ts";

/** Losses and scores of a batch's outputs, example by example. */
export interface ExampleScores {
  /** Loss of each example. */
  losses: Float64Array;
  /** Class that each example is put into; undefined where there are no classes. */
  predictions?: number[];
}

/** The loss of each example of a batch, computed from the model's outputs and the batch's targets. */
export type ExampleLoss = (outputs: Tensors, targets: Tensors) => ExampleScores;

/**
 * Cross entropy of each example, −log softmax(logits)[label], of the model's first output of floats
 * [examples, classes] and the target `labels`.
 *
 * @throws RangeError where a label is none of the model's classes
 */
export const crossEntropies: ExampleLoss = (outputs, targets): ExampleScores => {
  const logits = firstFloats(outputs);
  const [examples, classes] = logits.dims as [number, number];
  const data = arrayOf(logits);
  const labels = arrayOf(targets.labels!);
  const losses = new Float64Array(examples);
  for (let i = 0; i < examples; i++) {
    const row = data.subarray(i * classes, (i + 1) * classes);
    const label = Number(labels[i]);
    if (!(label >= 0 && label < classes)) {
      throw new RangeError(
        `Cannot compare with label ${label}: the model has ${classes} classes, so labels are 0 to ${
          classes - 1
        }`,
      );
    }
    losses[i] = logSumExp(row) - row[label]!;
  }
  return { losses, predictions: predictionsOf(logits) };
};

/** Squared error of each example, of the model's first output of floats and the target `expected`. */
export const squaredErrors: ExampleLoss = (outputs, targets): ExampleScores => {
  const found = arrayOf(firstFloats(outputs));
  const expected = arrayOf(targets.expected!);
  return { losses: Float64Array.from(expected, (value, i) => (found[i]! - value) ** 2) };
};

/**
 * Losses of answers to questions: the mean of the cross entropies of the span's first and last token, by the
 * outputs `start_logits` and `end_logits` [examples, tokens] and the targets `starts` and `ends`.
 */
export const spanLosses: ExampleLoss = (outputs, targets): ExampleScores => {
  const side = (logits: string, labels: string) =>
    crossEntropies({ logits: outputs[logits]! }, { labels: targets[labels]! }).losses;
  const [starts, ends] = [side("start_logits", "starts"), side("end_logits", "ends")];
  return { losses: starts.map((loss, i) => (loss + ends[i]!) / 2) };
};

/** The loss that a batch's targets ask for, by their names. */
export function lossFor(targets: Tensors): ExampleLoss {
  if (targets.labels) return crossEntropies;
  if (targets.expected) return squaredErrors;
  if (targets.starts && targets.ends) return spanLosses;
  throw new TypeError(
    `Cannot tell the loss from the targets ${
      Object.keys(targets).map((name) => `"${name}"`).join(", ")
    }: expected ` +
      `"labels" for classes, "expected" for numbers, "starts" and "ends" for spans, or an option \`loss\``,
  );
}

/** Floats that models give out. */
const FLOATS: ReadonlySet<TensorType> = new Set<TensorType>(["float32", "float16", "float64"]);

/** The first output of floats, in float32. */
function firstFloats(outputs: Tensors): Tensor {
  const found = Object.values(outputs).find(({ type, dims }) => FLOATS.has(type) && dims.length > 0);
  if (found) return found.type === "float32" ? found : float32(float32Of(found), found.dims);
  throw new TypeError(
    `Cannot score outputs ${Object.keys(outputs).map((name) => `"${name}"`).join(", ")}: none holds floats`,
  );
}
