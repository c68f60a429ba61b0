import { GROWING, type Growth, growth, type GrowthOptions } from "./growth.ts";
import { forLowSet, type LowRule, lowRule } from "./layer_threshold.ts";
import { masksByMagnitude, maskWithout } from "./masks.ts";
import {
  type SparseLayer,
  type SparseMethod,
  type SparsityOptions,
  type StructureOptions,
  structureStepsOf,
} from "./method.ts";

/** Settings of {@linkcode assl}. */
export interface AsslOptions extends SparsityOptions, StructureOptions, GrowthOptions {
  /**
   * Part of structure learning before the decision. Default 0.11: 17,260 of 160,430 steps in the released code.
   */
  decideAfter?: number;
  /**
   * Weight of the alignment loss before the decision: −Σ |w|·|v| over weights w of a layer and v at the same place of the
   * next layer of the same shape, meant to make such layers keep the same places. Default 0: the released code computes
   * its loss (weight 1e-8) from tensors without gradient, so it does nothing.
   */
  alignment?: number;
}

/**
 * Aligned structured sparsity learning for single weights: dense training, then a decision by magnitude, then as
 * {@linkcode srp}: a growing decay on what was chosen, and the cut.
 *
 * Source: Zhang, Wang, Qin, Fu, "Aligned Structured Sparsity Learning for Efficient Image Super-Resolution", 2021, for
 * filters; for single weights as in the code released with ISS-P.
 *
 * @throws RangeError where a share is not within 0 and 1, or another number is out of bounds
 */
export function assl(
  { sparsity = 0.9, structureSteps, prunable, decideAfter = 0.11, alignment = 0, ...options }: AsslOptions =
    {},
): SparseMethod {
  const rule = lowRule("assl", sparsity);
  const grow = growth(options);
  if (!(decideAfter >= 0 && decideAfter <= 1)) {
    throw new RangeError(`Cannot decide after ${decideAfter} of the steps: expected a part from 0 to 1`);
  }
  if (!(alignment >= 0 && alignment < Infinity)) {
    throw new RangeError(`Cannot align layers with weight ${alignment}: expected a number from 0`);
  }
  return {
    name: `assl(${sparsity}, ${decideAfter}, ${alignment}, ${grow.name})`,
    decays: true,
    ...prunable && { prunable },
    structureSteps: structureStepsOf(structureSteps),
    afterStep(layers, { step, structureSteps }) {
      const decision = Math.max(1, Math.round(decideAfter * structureSteps));
      if (step < decision) return align(layers, alignment);
      if (step > decision && !grow.isDue(step - decision)) return;
      const growing = GROWING * (structureSteps - decision);
      for (const layer of layers) push(layer, { rule, grow, growing, first: step === decision });
    },
    freeze: (layers) =>
      layers.some(({ decay }) => decay.some((value) => value > 0))
        ? Object.fromEntries(
          layers.map(({ name, dims, decay }) => [
            name,
            maskWithout(dims, (drop) => decay.forEach((value, i) => value > 0 && drop(i))),
          ]),
        )
        : masksByMagnitude(layers, rule),
  };
}

/** Lets decay grow on what was chosen, which is where it is above 0; chooses at the first time. */
function push(
  { weights, decay }: SparseLayer,
  { rule, grow, growing, first }: { rule: LowRule; grow: Growth; growing: number; first: boolean },
): void {
  if (first) {
    decay.fill(0);
    forLowSet(weights, rule, (i) => decay[i] = grow.next(0, growing));
  } else {
    for (let i = 0; i < decay.length; i++) if (decay[i]! > 0) decay[i] = grow.next(decay[i]!, growing);
  }
}

/** Smaller magnitudes get no coefficient: it would not be finite. */
const TINY = 1e-30;

/**
 * The alignment loss as decay: the gradient of −c·|w|·|v| by w is −c·|v|·sign(w), which is w times −c·|v|/|w|.
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
