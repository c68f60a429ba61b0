import { requireOptions } from "../options.ts";
import { weightsOf } from "../nn/weights.ts";
import type { Model } from "../onnx/model.ts";
import { sizeOf } from "../tensor/tensor.ts";
import { largestOf, quantizable, type QuantizeOptions } from "./quantizable.ts";

/** What a quantised network takes to store: result of {@linkcode quantizedBytes}. */
export interface QuantizedBytes {
  /** Whole numbers in place of weights. */
  integers: number;
  /** Scales, four bytes each. */
  scales: number;
  /** What stays float: biases, norms, statistics. */
  floats: number;
  /** All together. */
  total: number;
  /** What all of it would take in float32. */
  unquantized: number;
}

/**
 * What a network's learned numbers take with its weights quantised: whole numbers, scales, and the floats
 * that are left. A count, not a file's size.
 */
export function quantizedBytes(model: Model, options: QuantizeOptions = {}): QuantizedBytes {
  requireOptions("quantizedBytes", options, { bits: true, per: true });
  const { bits = 8 } = options;
  largestOf(options);
  const weights = quantizable(model, options);
  const all = weightsOf(model).reduce((sum, { tensor }) => sum + sizeOf(tensor.dims), 0);
  const quantized = weights.reduce((sum, { tensor }) => sum + sizeOf(tensor.dims), 0);
  const integers = weights.reduce((sum, { tensor }) => sum + Math.ceil(sizeOf(tensor.dims) * bits / 8), 0);
  const scales = 4 *
    weights.reduce((sum, { tensor, axis }) => sum + (axis === undefined ? 1 : tensor.dims[axis]!), 0);
  const floats = 4 * (all - quantized);
  return { integers, scales, floats, total: integers + scales + floats, unquantized: 4 * all };
}
