import { type OptionNames, requireOptions } from "../../options.ts";
import {
  GROWING,
  PENALTY_SCHEDULE_OPTIONS,
  penaltySchedule,
  type PenaltyScheduleOptions,
} from "./penalty_schedule.ts";
import { prunedSetRule } from "../pruned_set.ts";
import { masksByMagnitude } from "../masks.ts";
import { forDropped } from "../mask_bits.ts";
import type { Masks } from "../../train/weight_mask.ts";
import {
  PRUNING_STEPS_OPTIONS,
  pruningStepsOf,
  type PruningStepsOptions,
  type SparseMethod,
  sparseMethod,
  SPARSITY_OPTIONS,
  type SparsityOptions,
} from "../method.ts";

/** Settings of {@linkcode srp}. */
export interface SrpOptions extends SparsityOptions, PruningStepsOptions, PenaltyScheduleOptions {}

/** Names of {@linkcode SrpOptions}. */
const SRP_OPTIONS: OptionNames<SrpOptions> = {
  ...SPARSITY_OPTIONS,
  ...PRUNING_STEPS_OPTIONS,
  ...PENALTY_SCHEDULE_OPTIONS,
};

/**
 * Structure-regularised pruning for single weights: which weights go is decided by magnitude before the first
 * step. Structure learning then pushes them to zero by a decay that grows to its limit in 70 % of its steps,
 * and cuts them at the end.
 *
 * Source: Zhang, Wang, Qin, Fu, "Learning Efficient Image Super-Resolution Networks via Structure-Regularized
 * Pruning", 2022, for filters; for single weights as in the code released with ISS-P.
 *
 * @throws RangeError where the sparsity is not within 0 and 1, or the growth's numbers are not above 0
 */
export function srp(
  settings: SrpOptions = {},
): SparseMethod<Masks> {
  requireOptions("srp", settings, SRP_OPTIONS);
  const { sparsity = 0.9, pruningSteps, prunable, ...options } = settings;
  const rule = prunedSetRule("srp", sparsity);
  const penalty = penaltySchedule(options);
  return sparseMethod({
    name: `srp(${sparsity}, ${penalty.name})`,
    usesPerWeightDecay: true,
    prunable,
    pruningSteps: pruningStepsOf(pruningSteps),
    before: (layers) => masksByMagnitude(layers, rule),
    beforeStep(layers, { step, pruningSteps }, masks) {
      if (!penalty.isDue(step)) return;
      for (const { name, decay } of layers) {
        penalty.grow(decay, GROWING * pruningSteps, (visit) => forDropped(masks[name]!, visit));
      }
    },
    freeze: (_layers, _now, masks) => masks,
  });
}
