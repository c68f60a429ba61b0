import { type Bounds, isWithin } from "../bounds.ts";
import { RangeError, TypeError } from "../errors.ts";
import { givenInWords } from "../given.ts";
import type { Tensors } from "../runtime/runtime.ts";
import { counted } from "../amounts.ts";
import { logSumExp } from "../statistics/logits.ts";
import { predictionsOf } from "../text/metrics.ts";
import { toLabels } from "../train/labels.ts";
import { checkLabels, requireRows } from "../train/losses.ts";
import { float32, type Tensor, type TensorType } from "../tensor/tensor.ts";
import { arrayOf, float32Of } from "../tensor/arrays.ts";

/** Losses and scores of a batch's outputs, example by example. */
export interface ExampleScores {
  /** Loss of each example. */
  losses: Float64Array;
  /** Class that each example is put into; undefined where there are no classes, or a loss is no number. */
  predictions?: number[] | undefined;
}

/**
 * The loss of each example of a batch, computed from the model's outputs and the batch's targets. None is
 * negative: what can only be too high is not computed to its end.
 */
export type ExampleLoss = (outputs: Tensors, targets: Tensors) => ExampleScores;

/**
 * Cross entropy of each example, −log softmax(logits)[label], of the model's first output of floats
 * [examples, classes] and the target `labels`: whole numbers of any type [examples], or one-hot rows.
 *
 * @throws TypeError where outputs and labels do not fit together; RangeError where a label is none of the
 * model's classes
 */
export const crossEntropies: ExampleLoss = (outputs, targets): ExampleScores => {
  const logits = firstFloats(outputs);
  const labels = toLabels(targetOf(targets, "labels"));
  requireRows("crossEntropies", logits.dims);
  requireExamples(logits, labels);
  checkLabels({ labels }, logits.dims);
  const [examples, classes] = logits.dims as [number, number];
  const data = arrayOf(logits);
  const losses = new Float64Array(examples);
  for (let i = 0; i < examples; i++) {
    const row = data.subarray(i * classes, (i + 1) * classes);
    losses[i] = logSumExp(row) - row[Number(labels.data[i])]!;
  }
  // A network may give no numbers once something is masked; its loss says so, and no class is the largest.
  return { losses, predictions: losses.some(Number.isNaN) ? undefined : predictionsOf(logits) };
};

/**
 * Mean squared error of each example, over the numbers that the model's first output of floats has for it;
 * the target `expected` has as many: [examples, …], axes of 1 aside.
 *
 * @throws TypeError where outputs and targets do not fit together
 */
export const squaredErrors: ExampleLoss = (outputs, targets): ExampleScores => {
  const output = firstFloats(outputs);
  const target = targetOf(targets, "expected");
  requireExamples(output, target);
  if (axesOf(output).join() !== axesOf(target).join()) {
    throw new TypeError(
      `Cannot compare expected numbers of shape [${target.dims.join(", ")}] with an output of shape [${
        output.dims.join(", ")
      }]: expected one for each number of the output`,
    );
  }
  const [found, expected] = [arrayOf(output), arrayOf(target)];
  const numbers = expected.length / target.dims[0]!;
  const losses = new Float64Array(target.dims[0]!);
  expected.forEach((value, i) => losses[Math.floor(i / numbers)]! += (found[i]! - value) ** 2 / numbers);
  return { losses };
};

/**
 * Losses of answers to questions: the mean of the cross entropies of the span's first and last token, by the
 * outputs `start_logits` and `end_logits` [examples, tokens] and the targets `starts` and `ends`.
 *
 * @throws TypeError where the model has no such outputs; RangeError where a token is none of the text's
 */
export const spanLosses: ExampleLoss = (outputs, targets): ExampleScores => {
  const side = (name: string, target: string) => {
    const logits = outputs[name];
    if (logits) return crossEntropies({ logits }, { labels: targetOf(targets, target) }).losses;
    throw new TypeError(
      `Cannot score spans by outputs ${namesOf(outputs)}: expected start_logits and end_logits, as a model ` +
        `that answers questions has them`,
    );
  };
  const [starts, ends] = [side("start_logits", "starts"), side("end_logits", "ends")];
  return { losses: starts.map((loss, i) => (loss + ends[i]!) / 2) };
};

/** The loss that a batch's targets ask for, by their names. */
export function lossFor(targets: Tensors): ExampleLoss {
  if (targets.labels) return crossEntropies;
  if (targets.expected) return squaredErrors;
  if (targets.starts && targets.ends) return spanLosses;
  throw new TypeError(
    `Cannot tell the loss from the targets ${namesOf(targets)}: expected ` +
      `"labels" for classes, "expected" for numbers, "starts" and "ends" for spans, or an option \`loss\``,
  );
}

/** Throws TypeError where what was given as a loss of examples is none, such as a loss to train with. */
export function requireExampleLoss(loss: unknown): void {
  if (typeof loss === "function") return;
  throw new TypeError(
    `Cannot search with ${
      givenInWords(loss)
    } as the loss: expected a function of outputs and targets that gives ` +
      `{ losses }, one for each example, such as crossEntropies`,
  );
}

/**
 * Scores of a batch by a loss.
 *
 * @throws TypeError where it gives no loss for each example, or predictions that are not a class for each;
 * RangeError where a loss is negative
 */
export function scoresOf(
  loss: ExampleLoss,
  outputs: Tensors,
  { targets, examples }: { targets: Tensors; examples: number },
): ExampleScores {
  const scores = loss(outputs, targets);
  const losses: unknown = scores?.losses;
  if (!(losses instanceof Float64Array) || losses.length !== examples) {
    const found = losses instanceof Float64Array
      ? `${losses.length} numbers`
      : givenInWords(losses ?? scores);
    throw new TypeError(
      `Cannot search with a loss that gives ${found} for a batch of ${examples} examples: expected { losses }, a ` +
        `Float64Array of ${examples}`,
    );
  }
  requireClasses(scores.predictions, examples);
  const negative = losses.find((loss) => loss < 0);
  if (negative === undefined) return scores;
  throw new RangeError(
    `Cannot search with a loss that gives ${negative} for an example: expected a number from 0, as evaluations end ` +
      `once their mean can only be too high`,
  );
}

/** Refuses predictions that are not a class for each example; there may be none at all. */
function requireClasses(predictions: unknown, examples: number): void {
  if (predictions === undefined) return;
  const classes = Array.isArray(predictions) && predictions.every((each) => isWithin(each, CLASS));
  if (classes && predictions.length === examples) return;
  throw new TypeError(
    `Cannot search with a loss that predicts ${
      givenInWords(predictions)
    } for a batch of ${examples} examples: ` +
      `expected a class, a whole number from 0, for each of them; or leave predictions out`,
  );
}

/** Numbers of classes. */
const CLASS: Bounds = { whole: true, from: 0 };

/** Floats that models give out. */
const FLOATS: ReadonlySet<TensorType> = new Set<TensorType>(["float32", "float16", "float64"]);

/** The first output of floats, in float32. */
function firstFloats(outputs: Tensors): Tensor {
  const found = Object.values(outputs).find(({ type, dims }) => FLOATS.has(type) && dims.length > 0);
  if (found) return found.type === "float32" ? found : float32(float32Of(found), found.dims);
  throw new TypeError(`Cannot score outputs ${namesOf(outputs)}: none holds floats`);
}

function targetOf(targets: Tensors, name: string): Tensor {
  const target = targets[name];
  if (target) return target;
  throw new TypeError(`Cannot score outputs by the targets ${namesOf(targets)}: expected "${name}"`);
}

/** Refuses targets of more or fewer examples than the output has. */
function requireExamples({ dims: [outputs] }: Tensor, { dims: [targets] }: Tensor): void {
  if (outputs === targets) return;
  throw new TypeError(
    `Cannot compare targets of ${counted(targets ?? 0, "example")} with an output of ${
      outputs ?? 0
    }: expected a row ` +
      `for each example in the model's first output of floats`,
  );
}

/** Sizes of examples and of what each has, without axes of 1. */
const axesOf = ({ dims: [examples, ...rest] }: Tensor) => [examples, ...rest.filter((size) => size !== 1)];

const namesOf = (tensors: Tensors): string =>
  Object.keys(tensors).map((name) => `"${name}"`).join(", ") || "none";
