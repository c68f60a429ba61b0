import type { Criterion } from "./criterion.ts";
import { l2 } from "./l2.ts";

/**
 * Squared norm of a channel divided by that of all channels of its group that are no smaller: comparable
 * between layers as it is.
 *
 * Source: J. Lee, S. Park, S. Mo, S. Ahn, J. Shin, "Layer-adaptive sparsity for the magnitude-based pruning",
 * ICLR 2021, equation 3, with channels in place of weights.
 */
export const lamp: Criterion = (group, tensors): Float64Array => {
  const squares = Array.from(l2(group, tensors), (norm) => norm * norm);
  const order = [...squares.keys()].sort((a, b) => squares[b]! - squares[a]!);
  const scores = new Float64Array(group.channels);
  let larger = 0;
  for (const channel of order) {
    larger += squares[channel]!;
    scores[channel] = larger === 0 ? 0 : squares[channel]! / larger;
  }
  return scores;
};
