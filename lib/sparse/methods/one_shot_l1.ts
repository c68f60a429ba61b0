import { type OptionNames, requireOptions } from "../../options.ts";
import { nameOf, prunedSetRule, requireFit } from "../pruned_set.ts";
import type { NmPattern } from "../../../kernels/webgpu/nm/nm_groups.ts";
import { masksByMagnitude } from "../masks.ts";
import {
  PRUNING_STEPS_OPTIONS,
  pruningStepsOf,
  type PruningStepsOptions,
  type SparseMethod,
  sparseMethod,
  SPARSITY_OPTIONS,
  type SparsityOptions,
} from "../method.ts";

/** Settings of {@linkcode oneShotL1}. */
export interface OneShotL1Options extends SparsityOptions, PruningStepsOptions {
  /** N:M pattern in place of a share of the layer: of every M weights in a row the N largest stay. */
  pattern?: NmPattern | undefined;
}

/** Names of {@linkcode OneShotL1Options}. */
const ONE_SHOT_L1_OPTIONS: OptionNames<OneShotL1Options> = {
  ...SPARSITY_OPTIONS,
  ...PRUNING_STEPS_OPTIONS,
  pattern: true,
};

/**
 * Trains densely for `pruningSteps`, then cuts the weights of smallest magnitude in each layer, once. With 0
 * steps it cuts the weights as they are: a trained network's, or random ones, as the code released with ISS-P
 * does under the name L1-norm.
 *
 * @throws RangeError where the sparsity is not within 0 and 1, the pattern is none, or the steps are no count
 */
export function oneShotL1(
  options: OneShotL1Options = {},
): SparseMethod<void> {
  requireOptions("oneShotL1", options, ONE_SHOT_L1_OPTIONS);
  const { sparsity = 0.9, pattern, pruningSteps, prunable } = options;
  const rule = prunedSetRule("oneShotL1", sparsity, pattern);
  return sparseMethod({
    name: `oneShotL1(${nameOf(rule)})`,
    prunable,
    pruningSteps: pruningStepsOf(pruningSteps),
    before: (layers) => requireFit(rule, layers),
    freeze: (layers) => masksByMagnitude(layers, rule),
  });
}
