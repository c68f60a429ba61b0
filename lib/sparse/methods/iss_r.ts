import { type OptionNames, requireOptions } from "../../options.ts";
import {
  PENALTY_SCHEDULE_OPTIONS,
  penaltySchedule,
  type PenaltyScheduleOptions,
} from "./penalty_schedule.ts";
import { forPrunedSet, prunedSetRule } from "../pruned_set.ts";
import { masksByMarks } from "../masks.ts";
import {
  PRUNING_STEPS_OPTIONS,
  pruningStepsOf,
  type PruningStepsOptions,
  type SparseMethod,
  sparseMethod,
  SPARSITY_OPTIONS,
  type SparsityOptions,
} from "../method.ts";

/** Settings of {@linkcode issR}. */
export interface IssROptions extends SparsityOptions, PruningStepsOptions, PenaltyScheduleOptions {}

/** Names of {@linkcode IssROptions}. */
const ISS_R_OPTIONS: OptionNames<IssROptions> = {
  ...SPARSITY_OPTIONS,
  ...PRUNING_STEPS_OPTIONS,
  ...PENALTY_SCHEDULE_OPTIONS,
};

/**
 * Iterative soft shrinkage by regularisation: each weight has a coefficient of decay, which grows a little,
 * every so many steps, where the weight is in the pruned set then, and never falls. Decay times weight goes
 * through the optimizer with the gradient, in the same step, so what it does depends on the gradients' size,
 * which is what tells it from {@linkcode issP}. The pruned set of the last growth is what becomes zero.
 *
 * Source: the ablation of Wang et al., "Iterative Soft Shrinkage Learning for Efficient Image
 * Super-Resolution", 2023; `IST-GReg` in the released code.
 *
 * @throws RangeError where the sparsity is not within 0 and 1, or the growth's numbers are not above 0
 */
export function issR(
  settings: IssROptions = {},
): SparseMethod {
  requireOptions("issR", settings, ISS_R_OPTIONS);
  const { sparsity = 0.9, pruningSteps, prunable, ...options } = settings;
  const rule = prunedSetRule("issR", sparsity);
  const penalty = penaltySchedule(options);
  return sparseMethod({
    name: `issR(${sparsity}, ${penalty.name})`,
    usesPerWeightDecay: true,
    prunable,
    pruningSteps: pruningStepsOf(pruningSteps),
    beforeStep(layers, { step, pruningSteps }) {
      if (!penalty.isDue(step)) return;
      for (const { weights, decay, marks } of layers) {
        if (penalty.isOver(decay)) continue;
        marks.fill(0);
        forPrunedSet(weights, rule, (i) => marks[i] = 1);
        penalty.grow(decay, pruningSteps, (visit) => marks.forEach((marked, i) => marked && visit(i)));
      }
    },
    freeze: (layers) => masksByMarks(layers, rule),
  });
}
