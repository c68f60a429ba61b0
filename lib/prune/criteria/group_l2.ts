import { type Criterion, slotsOf, sumSlot } from "./criterion.ts";

/**
 * Euclidean norm of all learned numbers that leave with a channel: what makes it, scales it and reads it.
 *
 * Source: G. Fang et al., "DepGraph: towards any structural pruning", CVPR 2023, section 3.3.
 */
export const groupL2: Criterion = (group, tensors): Float64Array => {
  const sums = new Float64Array(group.channels);
  for (const slot of slotsOf(group, tensors, ["out", "in", "block", "scale", "bias"])) {
    sumSlot(slot, tensors.get(slot.tensor)!, sums, (w) => w * w);
  }
  return sums.map(Math.sqrt);
};
