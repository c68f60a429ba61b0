import { sizeOf, type Tensor } from "../../tensor/tensor.ts";
import { arrayOf } from "../../tensor/arrays.ts";
import type { Slot } from "../channel_groups.ts";
import { type Criterion, slotsOf } from "./criterion.ts";

/**
 * Sum of the distances from a channel's filter to all others of its layer: what lies near the geometric
 * median is replaceable.
 *
 * Source: Y. He et al., "Filter pruning via geometric median", CVPR 2019, equation 4.
 */
export const fpgm: Criterion = (group, tensors): Float64Array => {
  const sums = new Float64Array(group.channels);
  for (const slot of slotsOf(group, tensors, ["out"], 2)) {
    const rows = filtersOf(slot, tensors.get(slot.tensor)!, group.channels);
    for (let a = 0; a < rows.length; a++) {
      for (let b = 0; b < a; b++) {
        const distance = distanceOf(rows[a]!, rows[b]!);
        sums[a]! += distance;
        sums[b]! += distance;
      }
    }
  }
  return sums;
};

function filtersOf(slot: Slot, tensor: Tensor, channels: number): Float64Array[] {
  const { dims } = tensor;
  const data = arrayOf(tensor);
  const inner = sizeOf(dims.slice(slot.axis + 1));
  const length = dims[slot.axis]!;
  const outer = data.length / (inner * length);
  return Array.from({ length: channels }, (_, channel) => {
    const row = new Float64Array(slot.width * outer * inner);
    let at = 0;
    for (let i = channel * slot.width; i < (channel + 1) * slot.width; i++) {
      for (let o = 0; o < outer; o++) {
        const start = (o * length + slot.indices[i]!) * inner;
        for (let k = start; k < start + inner; k++) row[at++] = data[k]!;
      }
    }
    return row;
  });
}

function distanceOf(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(total);
}
