import { type Criterion, slotsOf, sumSlot } from "./criterion.ts";

/**
 * Sum of absolute weights of the filters that make a channel, over all layers that make it.
 *
 * Source: H. Li, A. Kadav, I. Durdanovic, H. Samet, H. P. Graf, "Pruning filters for efficient ConvNets",
 * ICLR 2017.
 */
export const l1: Criterion = (group, tensors): Float64Array => {
  const sums = new Float64Array(group.channels);
  for (const slot of slotsOf(group, tensors, ["out"], 2)) {
    sumSlot(slot, tensors.get(slot.tensor)!, sums, Math.abs);
  }
  return sums;
};
