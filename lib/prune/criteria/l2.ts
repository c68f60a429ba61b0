import { type Criterion, slotsOf, sumSlot } from "./criterion.ts";

/** Euclidean norm of the filters that make a channel, over all layers that make it. */
export const l2: Criterion = (group, tensors): Float64Array => {
  const sums = new Float64Array(group.channels);
  for (const slot of slotsOf(group, tensors, ["out"], 2)) {
    sumSlot(slot, tensors.get(slot.tensor)!, sums, (w) => w * w);
  }
  return sums.map(Math.sqrt);
};
