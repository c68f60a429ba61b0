import { RangeError, TypeError } from "../../../lib/errors.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { floatBits } from "../core/gpu.ts";
import {
  bitsOf,
  type Cutoff,
  cutoffsOf,
  type FloatType,
  requireFloats,
  sortableBits,
  sortableRule,
  type Threshold,
  UNDER,
} from "./float_order.ts";
import { type Change, rewrite } from "./rewrite_wgsl.ts";
import { floatsOf } from "../core/tensors.ts";

/** Settings of {@linkcode softShrink}. */
export interface SoftShrinkOptions {
  /** α, 0 to 1: for all tensors, or one for each. */
  factor: number | readonly number[];
}

/**
 * Multiplies what lies under a threshold by α, in place, and leaves the rest as it is:
 *
 *     w ← α·w  if |w| < τ,  w  otherwise
 *
 * With a threshold of {@linkcode kthValue} exactly the k smallest are multiplied, of equal ones those that
 * come first. Source: Wang, Wang, Zhang, Fu, Tao, "Iterative Soft Shrinkage Learning for Efficient Image
 * Super-Resolution", 2023.
 *
 * The product is one of float32 numbers (half floats are rounded to even after it). A GPU may make it zero
 * where it is subnormal. Each element is read once, and written where it changes.
 *
 * @param tensors float32 or float16, of any shapes, on the CPU or a GPU
 * @param thresholds one for each tensor, or one for all together
 * @throws TypeError where the tensors' types or places differ, or there are not as many thresholds or
 * factors; RangeError where a threshold is none or a factor is not from 0 to 1
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 * import { kthValues } from "./kth_value.ts";
 *
 * const layers = [float32([4, -1, 1, 2]), float32([3, 8])];
 * await softShrink(layers, await kthValues(layers, [1, 1]), { factor: 0.5 });
 * assert.deepEqual(layers.map(({ data }) => [...data]), [[4, -0.5, 1, 2], [1.5, 8]]);
 * ```
 */
export async function softShrink(
  tensors: readonly Tensor[],
  thresholds: Threshold | readonly Threshold[],
  { factor }: SoftShrinkOptions,
): Promise<void> {
  const { gpu } = requireFloats("softShrink", tensors);
  const cuts = cutoffsOf("softShrink", tensors, thresholds);
  const factors = typeof factor === "number" ? tensors.map(() => factor) : factor;
  if (factors.length !== tensors.length) {
    throw new TypeError(`Cannot run softShrink: ${factors.length} factors for ${tensors.length} tensors`);
  }
  for (const each of factors) {
    if (each >= 0 && each <= 1) continue;
    throw new RangeError(`Cannot run softShrink: the factor is ${each}, expected a number from 0 to 1`);
  }
  if (!gpu) return tensors.forEach((tensor, i) => twin(tensor, cuts[i]!, factors[i]!));
  await gpu.run(tensors.flatMap((tensor, i) => {
    const { key, ties } = cuts[i]!;
    const params = ({ start }: { start: number }) => [key, Math.max(ties - start, 0), floatBits(factors[i]!)];
    return rewrite(gpu, tensor, tensor.type === "float16" ? ofHalves : ofFloats, { params });
  }));
}

function twin(tensor: Tensor, { key: cut, ties }: Cutoff, factor: number): void {
  const [bits, weights] = [bitsOf(tensor), floatsOf(tensor)];
  const { mask, nan } = sortableRule(tensor.type as FloatType);
  const alpha = Math.fround(factor);
  for (let i = 0; i < bits.length; i++) {
    const key = sortableBits(bits[i]!, mask, nan);
    if (key < cut || (key === cut && i < ties)) weights[i] = Math.fround(weights[i]! * alpha);
  }
}

const ofFloats = shrink("bitcast<u32>(bitcast<f32>(bits) * p.factor)");
const ofHalves = shrink("half_of(float_of(bits) * p.factor)");

function shrink(shrunk: string): Change {
  return {
    name: "softShrink",
    members: "cut: u32, ties: u32, factor: f32",
    code: `${UNDER}
fn change(bits: u32, i: u32) -> u32 {
  if (under(key_of(bits), i)) { return ${shrunk}; }
  return bits;
}`,
  };
}
