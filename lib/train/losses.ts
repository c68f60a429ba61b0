import { requireNumbers, SHARE } from "../bounds.ts";
import { RangeError, TypeError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import type { Shape } from "../onnx/dim.ts";
import { type DataType, float32 } from "../tensor/tensor.ts";
import { elements } from "../tensor/arrays.ts";
import type { Tensors } from "../runtime/runtime.ts";
import { logitsOf } from "./losses/logits.ts";

/**
 * A function to minimise: adds nodes that compute one number (shape `[]`) to the graph.
 *
 * @param outputs the model's outputs, by name
 * @param targets what the batch is compared with, by name; {@linkcode Loss.targets} declares them
 */
export type LossFunction = (
  g: GraphBuilder,
  outputs: Readonly<Record<string, Value>>,
  targets: Readonly<Record<string, Value>>,
) => Value;

/** An input of the training step beside the model's own: labels, images, a teacher's logits. */
export interface TargetInfo {
  /** Element type. */
  type: DataType;
  /**
   * Shape of the targets, or what it is for a main output of some shape. Default: the shape of the model's
   * main output.
   */
  shape?: Shape | ((output: Shape) => Shape);
}

/** A loss function together with the targets it reads. */
export interface Loss {
  /** The loss in words and numbers, as it enters a checkpoint's fingerprint. */
  name: string;
  /** Targets by name. */
  targets: Readonly<Record<string, TargetInfo>>;
  /** Builds it. */
  value: LossFunction;
  /**
   * How gradients come about where not by differentiating the value: for each of `parameters` a value of its
   * shape.
   */
  gradients?: (g: GraphBuilder, value: Value, parameters: readonly Value[]) => Record<string, Value>;
  /** Throws where targets are impossible for a main output of shape `outputs`. */
  check?: (targets: Tensors, outputs: Shape) => void;
  /** The loss of examples as they are, which lack the targets that `augment` makes. Default: this one. */
  unmixed?: Loss;
}

/** Throws TypeError where what was given as a loss is none, such as its name. */
export function requireLoss(action: string, loss: Loss): void {
  if (typeof loss?.value === "function" && typeof loss.targets === "object") return;
  const given = typeof loss === "function" ? "a function" : JSON.stringify(loss);
  throw new TypeError(`Cannot ${action} with loss ${given}: expected a Loss, such as crossEntropy()`);
}

/** Settings of {@linkcode crossEntropy}. */
export interface CrossEntropyOptions {
  /** The part of the truth that is spread evenly over all classes. Default 0. */
  labelSmoothing?: number | undefined;
}

/**
 * Mean over the batch of −log softmax(logits)[label], for the model's main output [N, C] and the target
 * `labels`, int64 [N]. Where the output has more axes, [N, C, height, width] of a segmentation, each of their
 * places has a label of its own, [N, height, width], and the mean is over these, too: PyTorch's
 * `cross_entropy`. A softmax at the end of the model is looked through, also behind views that keep classes
 * along axis 1. Smoothing as in Szegedy et al., "Rethinking the Inception Architecture", 2015, section 7: the
 * right class weighs 1 − ε + ε/C, every other one ε/C.
 *
 * @throws RangeError where `labelSmoothing` is not within 0 and 1
 */
export function crossEntropy(options: CrossEntropyOptions = {}): Loss {
  requireOptions("crossEntropy", options, { labelSmoothing: true });
  const { labelSmoothing = 0 } = options;
  requireNumbers("use crossEntropy", { labelSmoothing }, SHARE);
  return {
    name: `crossEntropy(${labelSmoothing})`,
    targets: { labels: { type: "int64", shape: (output) => ["N", ...output.slice(2)] } },
    check: checkLabels,
    value: (g, outputs, targets) =>
      hardLabels(g, logitsOf(g, mainOutput(g, outputs)), targets.labels!, labelSmoothing),
  };
}

/**
 * Cross entropy of examples that are each a mixture of two, as {@linkcode mixUp} and {@linkcode cutMix} make
 * them: mean over the batch of share·CE(labels) + (1 − share)·CE(others), for the model's main output [N, C]
 * and the targets `labels` and `others`, int64 [N], and `share`, float32 [N], the part of the first. The same
 * as PyTorch's `cross_entropy` on mixed one-hot rows, smoothed as in {@linkcode crossEntropy}, which examples
 * that are not mixed, such as those to validate on, are compared by.
 *
 * @throws RangeError where `labelSmoothing` is not within 0 and 1
 */
export function mixedCrossEntropy(options: CrossEntropyOptions = {}): Loss {
  requireOptions("mixedCrossEntropy", options, { labelSmoothing: true });
  const { labelSmoothing = 0 } = options;
  requireNumbers("use mixedCrossEntropy", { labelSmoothing }, SHARE);
  return {
    name: `mixedCrossEntropy(${labelSmoothing})`,
    targets: {
      labels: { type: "int64", shape: ["N"] },
      others: { type: "int64", shape: ["N"] },
      share: { type: "float32", shape: ["N"] },
    },
    check: checkLabels,
    unmixed: crossEntropy({ labelSmoothing }),
    value: (g, outputs, { labels, others, share }) => {
      const logits = logitsOf(g, mainOutput(g, outputs));
      requireRows("mixedCrossEntropy", g.shape(logits));
      const [own, other] = [labels!, others!].map((each) => truthOf(g, logits, each, labelSmoothing));
      const part = g.unsqueeze(share!, [1]); // [N, 1]
      return against(g, logits, g.add(other!, g.mul(part, g.sub(own!, other!))));
    },
  };
}

/** −Σ truth·log softmax(logits), where the truth is a one-hot row per label, softened. */
function hardLabels(g: GraphBuilder, logits: Value, labels: Value, smoothing: number): Value {
  return against(g, logits, truthOf(g, logits, labels, smoothing));
}

/** The classes of each label as a one-hot row, softened: [N, C, …]. */
function truthOf(g: GraphBuilder, logits: Value, labels: Value, smoothing: number): Value {
  const classes = classesOf(g.shape(logits));
  // One-hot instead of a gather: its gradient is one multiplication, and no scatter.
  const values = float32([smoothing / classes, 1 - smoothing + smoothing / classes]);
  return g.oneHot(labels, classes, g.constant(values), 1);
}

/** Mean over the batch, and all places, of −Σ truth·log softmax(logits). */
function against(g: GraphBuilder, logits: Value, truth: Value): Value {
  return g.neg(mean(g, g.reduceSum(g.mul(truth, g.logSoftmax(logits, 1)), [1], { keepdims: false })));
}

function classesOf(shape: Shape): number {
  const classes = shape[1];
  if (typeof classes !== "number") {
    throw new TypeError(
      `Cannot compare labels with an output of shape [${
        shape.join(", ")
      }]: expected logits [N, classes] or [N, classes, …] with a known number of classes`,
    );
  }
  return classes;
}

/** Refuses outputs that have a label for each of several places, where a loss takes one an example. */
export function requireRows(loss: string, shape: Shape): void {
  if (shape.length === 2) return;
  throw new TypeError(
    `Cannot use ${loss} with an output of shape [${shape.join(", ")}]: expected logits [N, classes]`,
  );
}

/**
 * Refuses labels of other places than the output's, and of unknown classes, whose one-hot row would be all
 * zeros and pass unnoticed.
 */
export function checkLabels({ labels }: Tensors, outputs: Shape): void {
  const classes = classesOf(outputs);
  const [places, given] = [outputs.slice(2), labels!.dims.slice(1)];
  const differs = places.some((size, i) => typeof size === "number" && size !== given[i]);
  if (labels!.dims.length === 0 || given.length !== places.length || differs) {
    throw new TypeError(
      `Cannot compare labels of shape [${labels!.dims.join(", ")}] with an output of shape [${
        outputs.join(", ")
      }]: expected [${["N", ...places].join(", ")}], a label for ${
        places.length === 0 ? "each example" : "each place of each example"
      }`,
    );
  }
  for (const label of elements(labels!, "int64")) {
    if (label < 0n || label >= classes) {
      throw new RangeError(
        `Cannot compare with label ${label}: the model has ${
          classes === 1 ? "1 class" : `${classes} classes`
        }, so labels are ${classes === 1 ? "all 0" : `0 to ${classes - 1}`}`,
      );
    }
  }
}

/** Settings of {@linkcode distillation}. */
export interface DistillationOptions {
  /**
   * Temperature: the teacher's and the student's logits are divided by this before the softmax. Default 4.
   */
  temperature?: number | undefined;
  /** Weight of the teacher's part; the labels' part weighs 1 minus this. Default 0.9. */
  weight?: number | undefined;
}

/**
 * Learning from a teacher's logits beside the labels: Hinton, Vinyals, Dean, "Distilling the Knowledge in a
 * Neural Network", 2015, section 2: weight·T²·KL(teacher/T ‖ student/T) + (1 − weight)·cross entropy.
 * Targets: `labels` int64 [N] and `teacher` float32 [N, C].
 *
 * @throws RangeError where `weight` is not within 0 and 1, or `temperature` is not above 0
 */
export function distillation(options: DistillationOptions = {}): Loss {
  requireOptions("distillation", options, { temperature: true, weight: true });
  const { temperature = 4, weight = 0.9 } = options;
  requireNumbers("use distillation", { weight }, SHARE);
  requireNumbers("use distillation", { temperature }, { above: 0 });
  return {
    name: `distillation(${temperature}, ${weight})`,
    targets: { labels: { type: "int64", shape: ["N"] }, teacher: { type: "float32" } },
    check: checkLabels,
    value: (g, outputs, targets) => {
      const student = logitsOf(g, mainOutput(g, outputs));
      requireRows("distillation", g.shape(student));
      const soft = g.logSoftmax(g.mul(targets.teacher!, 1 / temperature)); // [N, C]
      const own = g.logSoftmax(g.mul(student, 1 / temperature)); // [N, C]
      const divergence = mean(g, g.reduceSum(g.mul(g.exp(soft), g.sub(soft, own)), [1], { keepdims: false }));
      const teacherPart = g.mul(divergence, weight * temperature ** 2);
      if (weight === 1) return teacherPart;
      return g.add(teacherPart, g.mul(hardLabels(g, student, targets.labels!, 0), 1 - weight));
    },
  };
}

/**
 * Mean over the batch of −y·log σ(z) − (1 − y)·log(1 − σ(z)), for the model's main output z, any number of
 * logits, and the target `expected`, 0 to 1 and of its shape: PyTorch's `binary_cross_entropy_with_logits`.
 * A sigmoid at the end of the model is looked through, also behind views (a Squeeze).
 */
export function binaryCrossEntropy(): Loss {
  return {
    name: "binaryCrossEntropy",
    targets: { expected: { type: "float32" } },
    value: (g, outputs, targets) => {
      const logits = logitsOf(g, mainOutput(g, outputs), "Sigmoid");
      return mean(g, g.sub(g.softplus(logits), g.mul(logits, targets.expected!)));
    },
  };
}

/** Mean of squared differences from the target `expected`, which has the shape of the model's main output. */
export function meanSquaredError(): Loss {
  return {
    name: "meanSquaredError",
    targets: { expected: { type: "float32" } },
    value: (g, outputs, targets) => {
      const difference = g.sub(mainOutput(g, outputs), targets.expected!);
      return mean(g, g.mul(difference, difference));
    },
  };
}

/**
 * Mean of absolute differences from the target `expected`, which has the shape of the model's main output.
 */
export function meanAbsoluteError(): Loss {
  return {
    name: "meanAbsoluteError",
    targets: { expected: { type: "float32" } },
    value: (g, outputs, targets) => mean(g, g.abs(g.sub(mainOutput(g, outputs), targets.expected!))),
  };
}

/** The first output that holds floats: some models give class names beside them. */
export function mainOutput(g: GraphBuilder, outputs: Readonly<Record<string, Value>>): Value {
  const found = Object.values(outputs).find((output) => {
    const { type, opaque } = g.info(output);
    return type === undefined ? opaque === undefined : type.startsWith("float");
  });
  if (found === undefined) {
    throw new TypeError(
      `Cannot compute a loss from the outputs ${
        Object.keys(outputs).map((name) => `"${name}"`).join(", ")
      }: none holds floats`,
    );
  }
  return found;
}

function mean(g: GraphBuilder, x: Value): Value {
  return g.reduceMean(x, undefined, { keepdims: false });
}
