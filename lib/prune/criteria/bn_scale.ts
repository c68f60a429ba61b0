import type { ChannelGroup } from "../channel_groups.ts";
import { type Criterion, sumSlot } from "./criterion.ts";
import { l2 } from "./l2.ts";

const isScale = (group: ChannelGroup) => group.slots.filter(({ role }) => role === "scale");

/**
 * Sum of the absolute scales of the norms behind a channel; the L2 norm of its filters where it has no norm.
 *
 * Source: Z. Liu et al., "Learning efficient convolutional networks through network slimming", ICCV 2017.
 */
export const bnScale: Criterion = (group, tensors): Float64Array => {
  const scales = isScale(group);
  if (scales.length === 0) return Float64Array.from(l2(group, tensors));
  const sums = new Float64Array(group.channels);
  for (const slot of scales) sumSlot(slot, tensors.get(slot.tensor)!, sums, Math.abs);
  return sums;
};
