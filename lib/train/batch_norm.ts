import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { int64 } from "../onnx/tensor.ts";

/** Settings of {@linkcode trainingBatchNorm}. */
export interface TrainingBatchNormOptions {
  scale: Value;
  bias: Value;
  /** Running mean and variance as they are. */
  mean: Value;
  variance: Value;
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
 */
export function trainingBatchNorm(
  g: GraphBuilder,
  x: Value,
  { scale, bias, mean, variance, epsilon, momentum }: TrainingBatchNormOptions,
): { y: Value; mean: Value; variance: Value } {
  const rank = g.shape(x).length;
  const axes = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1);
  const channels = axes.slice(1); // [C] becomes [C, 1, 1]
  const perChannel = (value: Value) =>
    channels.length ? g.unsqueeze(value, channels.map((axis) => axis - 1)) : value;
  const batchMean = g.reduceMean(x, axes); // [1, C, 1, 1]
  const centred = g.sub(x, batchMean);
  const batchVariance = g.reduceMean(g.mul(centred, centred), axes); // [1, C, 1, 1]
  const factor = g.mul(g.reciprocal(g.sqrt(g.add(batchVariance, epsilon))), perChannel(scale));
  const y = g.add(g.mul(centred, factor), perChannel(bias));

  const flat = (value: Value) => g.reshape(value, [-1]);
  const one = g.constant(int64([1], []));
  const sizes = g.gather(g.shapeOf(x), g.ints(axes));
  const n = g.reduceProd(sizes, undefined, { keepdims: false });
  const unbiased = g.div(g.cast(n, "float32"), g.cast(g.max(g.sub(n, one), one), "float32"));
  const running = (old: Value, now: Value) => g.add(g.mul(old, momentum), g.mul(now, 1 - momentum));
  return {
    y,
    mean: running(mean, flat(batchMean)),
    variance: running(variance, g.mul(flat(batchVariance), unbiased)),
  };
}
