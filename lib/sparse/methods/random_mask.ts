import { requireOptions } from "../../options.ts";
import { seededRandom } from "../../random.ts";
import { prunedCount, prunedSetRule } from "../pruned_set.ts";
import { maskWithout } from "../mask_bits.ts";
import { type SparseMethod, sparseMethod, type SparsityOptions } from "../method.ts";

/**
 * Weights drawn by lot go before the first step: training from scratch in a random structure, the control of
 * all methods. The lots are drawn from the run's seed.
 *
 * @throws RangeError where the sparsity is not within 0 and 1
 */
export function randomMask(options: SparsityOptions = {}): SparseMethod {
  requireOptions("randomMask", options, { sparsity: true, prunable: true });
  const { sparsity = 0.9, prunable } = options;
  prunedSetRule("randomMask", sparsity);
  return sparseMethod({
    name: `randomMask(${sparsity})`,
    prunable,
    pruningSteps: () => 0,
    freeze: (layers, { seed }) =>
      Object.fromEntries(layers.map(({ name, dims, weights: { length } }) => {
        const order = seededRandom(seed, "random mask", name).permutation(length);
        return [
          name,
          maskWithout(dims, (drop) => order.subarray(0, prunedCount(length, sparsity)).forEach(drop)),
        ];
      })),
  });
}
