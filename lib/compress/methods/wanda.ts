import { wandaMask } from "../../../kernels/webgpu/select/wanda_mask.ts";
import { toCpu } from "../../../kernels/webgpu/core/tensors.ts";
import type { InputStatistics } from "../calibrate/statistics.ts";
import { lentBy } from "../numeric/on_gpu.ts";
import { smallestOfEach, smallestOfGroups, without } from "../numeric/smallest.ts";
import type { Method } from "./method.ts";

/**
 * In each row ⌊columns · sparsity⌋ weights go, those with the smallest |w| · ‖x‖ over the calibration tokens.
 * Source: M. Sun, Z. Liu, A. Bair, J. Z. Kolter, "A Simple and Effective Pruning Approach for Large Language
 * Models", 2023.
 */
export const wanda: Method = {
  does: ["sparsity"],
  calibrated: true,
  run({ weight, columns, inputs }, { sparsity, pattern }) {
    const norms = normsOf(inputs!, columns);
    const scores = weight.map((value, i) => Math.abs(value) * norms[i % columns]!);
    const marks = pattern
      ? smallestOfGroups(scores, columns, pattern)
      : smallestOfEach(scores, columns, (length) => Math.floor(length * sparsity));
    return { weight: without(weight, marks) };
  },
  async onGpu(gpu, { weight, rows, columns, inputs }, { sparsity, pattern }) {
    if (pattern && (pattern.m > 32 || columns % pattern.m !== 0)) return undefined;
    using lent = lentBy(gpu);
    const there = [
      lent.matrix(weight, [rows, columns]),
      lent.matrix(normsOf(inputs!, columns), [columns]),
    ] as const;
    const stays =
      (await toCpu(lent.put(await wandaMask(...there, pattern ? { nm: pattern } : { sparsity })))).data;
    return { weight: weight.map((value, i) => Number(stays[i >>> 5]) >>> (i & 31) & 1 ? value : 0) };
  },
};

/** Norms of the inputs over the calibration tokens, up to a factor. */
function normsOf({ gram, sequences }: InputStatistics, columns: number): Float64Array {
  return Float64Array.from({ length: columns }, (_, j) => Math.sqrt(gram[j * columns + j]! / sequences));
}
