import { requireNumbers, SHARE } from "../../bounds.ts";
import { type OptionNames, requireOptions } from "../../options.ts";
import {
  GROWING,
  PENALTY_SCHEDULE_OPTIONS,
  penaltySchedule,
  type PenaltyScheduleOptions,
} from "./penalty_schedule.ts";
import { forSmallestK, prunedCount, prunedSetRule } from "../pruned_set.ts";
import { masksByMarks } from "../masks.ts";
import { forDropped, maskWithout } from "../mask_bits.ts";
import type { Mask } from "../../train/weight_mask.ts";
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

/** Settings of {@linkcode assl}. */
export interface AsslOptions extends SparsityOptions, PruningStepsOptions, PenaltyScheduleOptions {
  /**
   * Part of structure learning before the decision. Default 0.11: 17,260 of 160,430 steps in the released
   * code.
   */
  decideAfter?: number | undefined;
  /**
   * Which layers are to keep the same places: they train without growing decay until the decision. The others
   * begin at once with what is smallest at first, and go on with what is smallest at the decision. Default:
   * all. The released commands name `mlp` layers of SwinIR and `conv` layers of EDSR.
   */
  aligned?: ((layer: Pick<SparseLayer, "name" | "dims">) => boolean) | undefined;
  /**
   * Whether all aligned layers lose the same number of weights, the mean of what they would lose each, as in
   * the released code: a layer that is smaller than that is emptied. Default false: each layer loses its own
   * share.
   */
  sharedCount?: boolean | undefined;
  /**
   * Weight of the alignment loss before the decision: −Σ |w|·|v| over weights w of an aligned layer and v at
   * the same place of the next one of the same shape, meant to make such layers keep the same places. Default
   * 0: the released code computes its loss (weight 1e-8) from tensors without gradient, so it does nothing.
   */
  alignment?: number | undefined;
}

/** Names of {@linkcode AsslOptions}. */
const ASSL_OPTIONS: OptionNames<AsslOptions> = {
  ...SPARSITY_OPTIONS,
  ...PRUNING_STEPS_OPTIONS,
  ...PENALTY_SCHEDULE_OPTIONS,
  decideAfter: true,
  aligned: true,
  sharedCount: true,
  alignment: true,
};

/**
 * Aligned structured sparsity learning for single weights: dense training, then a decision by magnitude, then
 * as {@linkcode srp}: a growing decay on what was chosen, and the cut. The released code is
 * `assl({ aligned, sharedCount: true })`.
 *
 * Source: Zhang, Wang, Qin, Fu, "Aligned Structured Sparsity Learning for Efficient Image Super-Resolution",
 * 2021, for filters; for single weights as in the code released with ISS-P.
 *
 * @throws RangeError where a share is not within 0 and 1, or another number is out of bounds
 */
export function assl(
  settings: AsslOptions = {},
): SparseMethod<(Mask | undefined)[]> {
  requireOptions("assl", settings, ASSL_OPTIONS);
  const {
    sparsity = 0.9,
    pruningSteps,
    prunable,
    decideAfter = 0.11,
    aligned = () => true,
    sharedCount = false,
    alignment = 0,
    ...options
  } = settings;
  const rule = prunedSetRule("assl", sparsity);
  const penalty = penaltySchedule(options);
  requireNumbers("prune by assl", { decideAfter }, SHARE);
  requireNumbers("prune by assl", { alignment }, { from: 0 });
  const decisionOf = (pruningSteps: number) => Math.max(1, Math.round(decideAfter * pruningSteps));
  const counts = sharedCount
    ? (layers: readonly SparseLayer[]) => sharedCounts(layers, sparsity, aligned)
    : (layers: readonly SparseLayer[]) => layers.map(({ weights }) => prunedCount(weights.length, sparsity));
  return sparseMethod({
    name: `assl(${sparsity}, ${decideAfter}, ${alignment}, aligned ${aligned}, ${
      sharedCount ? "shared" : "own"
    } counts, ${penalty.name})`,
    usesPerWeightDecay: true,
    prunable,
    pruningSteps: pruningStepsOf(pruningSteps),
    before: (layers) =>
      layers.map((layer) =>
        aligned(layer)
          ? undefined
          : maskWithout(layer.dims, (drop) =>
            forSmallestK(layer.weights, prunedCount(layer.weights.length, sparsity), drop))
      ),
    beforeStep(layers, { step, pruningSteps }, first) {
      const decision = decisionOf(pruningSteps);
      if (step <= decision) align(layers.filter(aligned), alignment);
      if (!penalty.isDue(step)) return;
      const steps = GROWING * (pruningSteps - decision);
      for (const [i, { decay, marks }] of layers.entries()) {
        const early = first[i];
        if (step > decision) {
          penalty.grow(decay, steps, (visit) => marks.forEach((marked, i) => marked && visit(i)));
        } else if (early) penalty.grow(decay, steps, (visit) => forDropped(early, visit));
      }
    },
    afterStep(layers, { step, pruningSteps }, first) {
      if (step !== decisionOf(pruningSteps)) return;
      const lose = counts(layers);
      for (const [i, { weights, decay, marks }] of layers.entries()) {
        if (!first[i]) decay.fill(0);
        forSmallestK(weights, lose[i]!, (at) => marks[at] = 1);
      }
    },
    freeze: (layers) => masksByMarks(layers, rule),
  });
}

/**
 * How many weights each layer loses: aligned ones all the same, the mean of their own counts, rounded down.
 */
function sharedCounts(
  layers: readonly SparseLayer[],
  sparsity: number,
  aligned: (layer: SparseLayer) => boolean,
): number[] {
  const own = layers.map(({ weights }) => prunedCount(weights.length, sparsity));
  const among = layers.map(aligned);
  const number = among.filter((is) => is).length;
  const shared = Math.floor(own.reduce((sum, count, i) => among[i] ? sum + count : sum, 0) / number);
  return own.map((count, i) => among[i] ? Math.min(shared, layers[i]!.weights.length) : count);
}

/** Smaller magnitudes get no coefficient: it would not be finite. */
const TINY = 1e-30;

/**
 * The alignment loss as decay: the gradient of −c·|w|·|v| by w is −c·|v|·sign(w), which is w times
 * −c·|v|/|w|.
 */
function align(layers: readonly SparseLayer[], weight: number): void {
  if (weight === 0) return;
  for (const { dims, name, weights, decay } of layers) {
    const alike = layers.filter((other) => other.dims.join() === dims.join());
    const next = alike[(alike.findIndex((other) => other.name === name) + 1) % alike.length]!;
    if (next.name === name) continue;
    for (let i = 0; i < decay.length; i++) {
      const own = Math.abs(weights[i]!);
      decay[i] = own > TINY ? -weight * Math.abs(next.weights[i]!) / own : 0;
    }
  }
}
