import { requireNumbers, SHARE } from "../../bounds.ts";
import { type OptionNames, requireOptions } from "../../options.ts";
import { kthValues } from "../../../kernels/webgpu/select/kth_value.ts";
import type { Threshold } from "../../../kernels/webgpu/select/float_order.ts";
import { mask } from "../../../kernels/webgpu/select/mask.ts";
import { softShrink } from "../../../kernels/webgpu/select/soft_shrink.ts";
import { toCpu } from "../../../kernels/webgpu/core/tensors.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import { bytesOf } from "../../tensor/arrays.ts";
import {
  forPrunedSet,
  layerThreshold,
  nameOf,
  prunedCount,
  type PrunedSetRule,
  prunedSetRule,
  requireFit,
} from "../pruned_set.ts";
import type { NmPattern } from "../../../kernels/webgpu/nm/nm_groups.ts";
import { masksByMagnitude } from "../masks.ts";
import type { Mask, Masks } from "../../train/weight_mask.ts";
import {
  PRUNING_STEPS_OPTIONS,
  pruningStepsOf,
  type PruningStepsOptions,
  type SparseLayer,
  type SparseMethod,
  sparseMethod,
  SPARSITY_OPTIONS,
  type SparsityOptions,
} from "../method.ts";
import { suggestAlpha } from "./suggest_alpha.ts";

/** Settings of {@linkcode issP}. */
export interface IssPOptions extends SparsityOptions, PruningStepsOptions {
  /**
   * Factor on the pruned set at each step, 0 to 1. Default: by {@linkcode suggestAlpha}, for each layer, at
   * the highest rate of structure learning.
   */
  alpha?: number | undefined;
  /**
   * In place of a share of the layer: all but the N largest of every M weights in a row make the pruned set.
   */
  pattern?: NmPattern | undefined;
}

/** Names of {@linkcode IssPOptions}. */
const ISS_P_OPTIONS: OptionNames<IssPOptions> = {
  ...SPARSITY_OPTIONS,
  ...PRUNING_STEPS_OPTIONS,
  alpha: true,
  pattern: true,
};

/**
 * Iterative soft shrinkage by percentage: after each step of structure learning the pruned set of each layer,
 * the share `sparsity` of smallest magnitude, is multiplied by α. All weights go on learning, so one can
 * leave the set again. At the end the set as it is then becomes zero, and stays it.
 *
 * Source: Wang, Wang, Zhang, Fu, Tao, "Iterative Soft Shrinkage Learning for Efficient Image
 * Super-Resolution", 2023, abstract and figure 1; the order (step, then shrink) and the count of the pruned
 * set as in the released code. α is 0.95 there; see {@linkcode suggestAlpha} for why it must fit learning
 * rate and horizon.
 *
 * @throws RangeError where sparsity or alpha is not within 0 and 1, the pattern is none, or the steps are no
 * count
 */
export function issP(
  options: IssPOptions = {},
): SparseMethod<number[]> {
  requireOptions("issP", options, ISS_P_OPTIONS);
  const { sparsity = 0.9, alpha, pattern, pruningSteps, prunable } = options;
  const rule = prunedSetRule("issP", sparsity, pattern);
  if (alpha !== undefined) requireNumbers("shrink weights", { alpha }, SHARE);
  return sparseMethod({
    name: `issP(${nameOf(rule)}, ${alpha ?? "suggested"})`,
    prunable,
    pruningSteps: pruningStepsOf(pruningSteps),
    before: (layers, { pruningSteps: horizon, highestRate: rate }) => {
      requireFit(rule, layers);
      return layers.map(({ weights }) => alpha ?? alphaFor(weights, rule, { horizon, rate }));
    },
    supportsGpu: !pattern,
    async afterStep(layers, _now, alphas) {
      if ("pattern" in rule) layers.forEach(({ weights }, i) => shrinkPrunedSet(weights, rule, alphas[i]!));
      else await softShrink(tensorsOf(layers), await thresholdsOf(layers, sparsity), { factor: alphas });
    },
    freeze: async (layers) =>
      "pattern" in rule ? masksByMagnitude(layers, rule) : await masksWhereTheyLie(layers, sparsity),
  });
}

const tensorsOf = (layers: readonly SparseLayer[]) => layers.map(({ tensor }) => tensor);

/** Under which exactly the pruned set of each layer lies. */
function thresholdsOf(layers: readonly SparseLayer[], sparsity: number): Promise<Threshold[]> {
  return kthValues(tensorsOf(layers), layers.map(({ dims }) => prunedCount(sizeOf(dims), sparsity)));
}

/** Masks without each layer's pruned set, made by the kernel where the weights are. */
async function masksWhereTheyLie(layers: readonly SparseLayer[], sparsity: number): Promise<Masks> {
  const words = await mask(tensorsOf(layers), await thresholdsOf(layers, sparsity));
  const masks: [string, Mask][] = [];
  for (const [i, { name, dims }] of layers.entries()) {
    const bits = bytesOf(await toCpu(words[i]!)).slice(0, Math.ceil(sizeOf(dims) / 8));
    masks.push([name, { dims, bits }]);
    if (words[i]!.location === "gpu-buffer") words[i]!.dispose();
  }
  return Object.fromEntries(masks);
}

/** Multiplies the pruned set by `alpha`, in place. */
function shrinkPrunedSet(weights: Float32Array, rule: PrunedSetRule, alpha: number): void {
  // In float32, as kernels have it: the product of two float32 numbers is exact before it is rounded.
  const factor = Math.fround(alpha);
  forPrunedSet(weights, rule, (index) => weights[index]! *= factor);
}

/** α for the threshold that a layer begins with. A layer of zeros has none: any α is as good. */
function alphaFor(
  weights: Float32Array,
  rule: PrunedSetRule,
  { horizon, rate }: { horizon: number; rate: number },
): number {
  const sparsity = "sparsity" in rule ? rule.sparsity : (rule.pattern.m - rule.pattern.n) / rule.pattern.m;
  if (prunedCount(weights.length, sparsity) >= weights.length) return 1;
  const threshold = layerThreshold(weights, sparsity);
  return horizon > 0 && rate > 0 && threshold > 0 ? suggestAlpha(horizon, rate, threshold) : 1;
}
