import { growth, type GrowthOptions } from "./penalty_schedule.ts";
import { forLowSet, lowRule } from "../pruned_set.ts";
import { masksByMarks } from "../masks.ts";
import {
  type SparseMethod,
  sparseMethod,
  type SparsityOptions,
  type StructureOptions,
  structureStepsOf,
} from "../method.ts";

/** Settings of {@linkcode issR}. */
export interface IssROptions extends SparsityOptions, StructureOptions, GrowthOptions {}

/**
 * Iterative soft shrinkage by regularisation: each weight has a coefficient of decay, which grows a little, every so
 * many steps, where the weight is in the low set then, and never falls. Decay times weight goes through the optimizer
 * with the gradient, in the same step, so what it does depends on the gradients' size, which is what tells it from
 * {@linkcode issP}. The low set of the last growth is what becomes zero.
 *
 * Source: the ablation of Wang et al., "Iterative Soft Shrinkage Learning for Efficient Image Super-Resolution", 2023;
 * `IST-GReg` in the released code.
 *
 * @throws RangeError where the sparsity is not within 0 and 1, or the growth's numbers are not above 0
 */
export function issR(
  { sparsity = 0.9, structureSteps, prunable, ...options }: IssROptions = {},
): SparseMethod {
  const rule = lowRule("issR", sparsity);
  const grow = growth(options);
  return sparseMethod({
    name: `issR(${sparsity}, ${grow.name})`,
    usesPerWeightDecay: true,
    ...prunable && { prunable },
    structureSteps: structureStepsOf(structureSteps),
    beforeStep(layers, { step, structureSteps }) {
      if (!grow.isDue(step)) return;
      for (const { weights, decay, marks } of layers) {
        if (grow.isOver(decay)) continue;
        marks.fill(0);
        forLowSet(weights, rule, (i) => marks[i] = 1);
        grow.grow(decay, structureSteps, (visit) => marks.forEach((marked, i) => marked && visit(i)));
      }
    },
    freeze: (layers) => masksByMarks(layers, rule),
  });
}
