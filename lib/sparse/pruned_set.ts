import { requireNumbers, SHARE } from "../bounds.ts";
import { RangeError, TypeError } from "../errors.ts";
import { kthKey } from "../../kernels/webgpu/select/kth_value_cpu.ts";
import { sortableBits, sortableRule, valueOf } from "../../kernels/webgpu/select/float_order.ts";
import { forGroup, type NmPattern } from "../../kernels/webgpu/nm/nm_groups.ts";

/** Part of a layer that may go at most, so that none is emptied: the cap of the released code. */
const MOST = 0.995;

/**
 * How many of a layer's weights are in the pruned set: min(⌈p·n⌉, ⌊0.995·n⌋). Wang et al., "Iterative Soft
 * Shrinkage Learning for Efficient Image Super-Resolution", 2023, in the released code.
 */
export function prunedCount(size: number, sparsity: number): number {
  return Math.min(Math.ceil(sparsity * size), Math.floor(MOST * size));
}

/**
 * Rule for the pruned set: a share of the layer, or, in each group of M weights in a row by itself, that N
 * stay.
 */
export type PrunedSetRule = { sparsity: number } | { pattern: NmPattern };

/**
 * Calls `visit` for each weight of the pruned set, in order: the weights that come first when a layer is
 * sorted by magnitude, equal ones by place.
 */
export function forPrunedSet(
  weights: Float32Array,
  rule: PrunedSetRule,
  visit: (index: number) => void,
): void {
  if ("pattern" in rule) {
    const bits = bitsOf(weights);
    const { mask, nan } = sortableRule("float32");
    const { n, m } = rule.pattern;
    const keys = new Uint32Array(m);
    for (let at = 0; at < bits.length; at += m) {
      for (let i = 0; i < m; i++) keys[i] = sortableBits(bits[at + i]!, mask, nan);
      forGroup(keys, m, n, (inside, stays) => {
        if (!stays) visit(at + inside);
      });
    }
    return;
  }
  forSmallestK(weights, prunedCount(weights.length, rule.sparsity), visit);
}

/**
 * Calls `visit` for the weights of smallest magnitude, so many, in order; for all where there are no more.
 */
export function forSmallestK(weights: Float32Array, count: number, visit: (index: number) => void): void {
  if (count === 0) return;
  const bits = bitsOf(weights);
  const { mask, nan } = sortableRule("float32");
  if (count >= bits.length) return void bits.forEach((_, i) => visit(i));
  const { key: cut, tiesBefore } = kthKey([bits], "float32", count);
  for (let i = 0; i < bits.length; i++) {
    const key = sortableBits(bits[i]!, mask, nan);
    if (key < cut || (key === cut && i < tiesBefore)) visit(i);
  }
}

/** Magnitude from which on weights are not in the pruned set: that of the smallest other one. */
export function layerThreshold(weights: Float32Array, sparsity: number): number {
  const { key } = kthKey([bitsOf(weights)], "float32", prunedCount(weights.length, sparsity) + 1);
  return valueOf("float32", key);
}

function bitsOf({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}

/**
 * The rule for options of a method.
 *
 * @throws RangeError where the sparsity is not within 0 and 1, or the pattern is none
 */
export function prunedSetRule(method: string, sparsity: number, pattern?: NmPattern): PrunedSetRule {
  requireNumbers(`prune by ${method}`, { sparsity }, SHARE);
  if (!pattern) return { sparsity };
  const { n, m } = pattern;
  if (!Number.isInteger(m) || !Number.isInteger(n) || m < 1 || n < 0 || n > m) {
    throw new RangeError(
      `Cannot prune by ${method} ${n}:${m}: expected whole numbers, the first from 0 to the second, so that ` +
        `as many of every ${m} weights stay`,
    );
  }
  return { pattern };
}

/** The rule in words, for a method's name. */
export function nameOf(rule: PrunedSetRule): string {
  return "sparsity" in rule ? `${rule.sparsity}` : `${rule.pattern.n}:${rule.pattern.m}`;
}

/** Throws TypeError where a layer does not divide into groups of the pattern. */
export function requireFit(
  rule: PrunedSetRule,
  layers: readonly { name: string; weights: Float32Array }[],
): void {
  if ("sparsity" in rule) return;
  const { m } = rule.pattern;
  for (const { name, weights } of layers) {
    if (weights.length % m === 0) continue;
    throw new TypeError(
      `Cannot prune ${
        nameOf(rule)
      } in "${name}": its ${weights.length} weights do not divide into groups of ${m}; ` +
        `leave it out with the option prunable, or take another pattern`,
    );
  }
}
