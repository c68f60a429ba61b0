import { operatorOf } from "../../onnx/operators/table.ts";
import { float, floatAttribute, intAttribute } from "../../onnx/attribute.ts";
import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import { acrossChannels, inverseDeviation, moments } from "../../onnx/gradients/batch_norm.ts";
import type { Shape } from "../../onnx/dim.ts";
import { int64 } from "../../tensor/tensor.ts";

/** Settings of {@linkcode trainingBatchNorm}. */
export interface TrainingBatchNormOptions {
  /** Factor of each channel, [C]. */
  scale: Value;
  /** Summand of each channel, [C]. */
  bias: Value;
  /** Running mean before the batch, [C]. */
  mean: Value;
  /** Running variance before the batch, [C]. */
  variance: Value;
  /** Added to the variance under the root. */
  epsilon: number;
  /** Part of the running statistics that stays, ONNX's convention: 1 minus PyTorch's momentum. */
  momentum: number;
}

/**
 * Batch normalisation with the batch's own statistics: Ioffe and Szegedy, 2015, algorithm 1. Returns the
 * result and the running statistics after this batch.
 *
 * The batch is normalised with its population variance, but the running variance takes in the unbiased one
 * (times n / (n − 1)), as in PyTorch and unlike ONNX's own operator: what was trained there goes on the same.
 * A batch with one value per channel has no such variance, and leaves the running statistics as they were.
 */
export function trainingBatchNorm(
  g: GraphBuilder,
  x: Value,
  { scale, bias, mean, variance, epsilon, momentum }: TrainingBatchNormOptions,
): { y: Value; mean: Value; variance: Value } {
  const attributes = { epsilon: float(epsilon), momentum: float(momentum), training_mode: 1 };
  // Its own running statistics, which the operator must have, are of the other convention and go unused.
  const [y] = g.node("BatchNormalization", [x, scale, bias, mean, variance], attributes, { outputs: 3 });
  const { axes } = acrossChannels(g, x);
  const batch = moments(g, x, axes);
  const flat = (value: Value) => g.reshape(value, [-1]);
  const one = g.constant(int64([1], []));
  const sizes = g.gather(g.shapeOf(x), g.ints(axes));
  const n = g.reduceProd(sizes, undefined, { keepdims: false });
  const unbiased = g.div(g.cast(n, "float32"), g.cast(g.max(g.sub(n, one), one), "float32"));
  const several = hasSeveralValues(g.shape(x)) ? undefined : g.greater(n, one);
  const running = (old: Value, now: Value) => {
    const next = g.add(g.mul(old, momentum), g.mul(now, 1 - momentum));
    return several ? g.where(several, next, old) : next;
  };
  return {
    y: y!,
    mean: running(mean, flat(batch.mean)),
    variance: running(variance, g.mul(flat(batch.variance), unbiased)),
  };
}

/** Whether there are two values per channel of [N, C, …] in every batch, also in one of a single example. */
function hasSeveralValues(shape: Shape): boolean {
  return shape.some((dim, axis) => axis !== 1 && typeof dim === "number" && dim > 1);
}

/**
 * Replaces batch norms in training form by elementary operators, once the gradients are there. These are the
 * ones that the gradient's formula uses, so the engine computes what both need once; and every engine has
 * them.
 */
export function lowerTrainingBatchNorms(g: GraphBuilder): void {
  for (const node of [...g.nodes]) {
    if (operatorOf(node) !== "BatchNormalization" || intAttribute(node, "training_mode", 0) !== 1) continue;
    const [x, scale, bias] = node.inputs as [Value, Value, Value];
    const start = g.nodes.length;
    const { axes, perChannel } = acrossChannels(g, x);
    const { centred, variance } = moments(g, x, axes);
    const inverse = inverseDeviation(g, variance, floatAttribute(node, "epsilon", 1e-5));
    g.add(g.mul(centred, g.mul(inverse, perChannel(scale))), perChannel(bias));
    const added = g.removeFrom(start);
    added.push({ ...added.pop()!, outputs: [node.outputs[0]!] });
    g.replaceNode(node, added);
  }
}
