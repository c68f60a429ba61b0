import type { Tensor } from "../../../lib/tensor/tensor.ts";
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

/**
 * Sets what lies under a threshold to zero, in place, and leaves the rest as it is:
 *
 *     w ← 0  if |w| < τ,  w  otherwise
 *
 * With a threshold of {@linkcode kthValue} exactly the k smallest become zero, of equal ones those that come
 * first. Each element is read once, and written where it changes.
 *
 * @param tensors float32 or float16, of any shapes, on the CPU or a GPU
 * @param thresholds one for each tensor, or one for all together
 * @throws TypeError where the tensors' types or places differ, or there are not as many thresholds;
 * RangeError where a threshold is none
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const weights = float32([0.3, -0.05, 0.1]);
 * await hardThreshold([weights], { value: 0.1, tiesBefore: 0 });
 * assert.deepEqual([...weights.data], [0.3, 0, 0.1].map(Math.fround));
 * ```
 */
export async function hardThreshold(
  tensors: readonly Tensor[],
  thresholds: Threshold | readonly Threshold[],
): Promise<void> {
  const { gpu } = requireFloats("hardThreshold", tensors);
  const cuts = cutoffsOf("hardThreshold", tensors, thresholds);
  if (!gpu) return tensors.forEach((tensor, i) => twin(tensor, cuts[i]!));
  await gpu.run(tensors.flatMap((tensor, i) => {
    const { key, ties } = cuts[i]!;
    return rewrite(gpu, tensor, zero, { params: ({ start }) => [key, Math.max(ties - start, 0)] });
  }));
}

function twin(tensor: Tensor, { key: cut, ties }: Cutoff): void {
  const bits = bitsOf(tensor);
  const { mask, nan } = sortableRule(tensor.type as FloatType);
  for (let i = 0; i < bits.length; i++) {
    const key = sortableBits(bits[i]!, mask, nan);
    if (key < cut || (key === cut && i < ties)) bits[i] = 0;
  }
}

const zero: Change = {
  name: "hardThreshold",
  members: "cut: u32, ties: u32",
  code: `${UNDER}
fn change(bits: u32, i: u32) -> u32 { return select(bits, 0u, under(key_of(bits), i)); }`,
};
