import { requireOptions } from "../../options.ts";
import { issP, type IssPOptions } from "./iss_p.ts";
import type { SparseMethod } from "../method.ts";

/** Settings of {@linkcode iht}. */
export type IhtOptions = Omit<IssPOptions, "alpha">;

/**
 * Iterative hard thresholding: after each step of structure learning the pruned set becomes zero, from where
 * gradients may grow it again. Soft shrinkage with α = 0, and a baseline of its paper.
 *
 * @throws RangeError where the sparsity is not within 0 and 1, the pattern is none, or the steps are no count
 */
export function iht(options: IhtOptions = {}): SparseMethod<number[]> {
  requireOptions("iht", options, { pattern: true, sparsity: true, prunable: true, pruningSteps: true });
  const method = issP({ ...options, alpha: 0 });
  return { ...method, name: method.name.replace("issP", "iht") };
}
