import { sizeOf, type Tensor } from "../../tensor/tensor.ts";
import { arrayOf } from "../../tensor/arrays.ts";
import type { ChannelGroup, Slot } from "../channel_groups.ts";
import type { Role } from "../rows/row.ts";

/**
 * Importance of every channel of a group, from the model's stored tensors by name; what is least important
 * goes first. Must give `group.channels` finite numbers.
 */
export type Criterion = (group: ChannelGroup, tensors: ReadonlyMap<string, Tensor>) => ArrayLike<number>;

/** Settings of the named criteria. */
export interface CriterionOptions {
  /** Seed of "random". Default 0. */
  seed: number;
}

/** Adds up a function of every weight of each channel, over one slot. */
export function sumSlot(slot: Slot, tensor: Tensor, into: Float64Array, f: (weight: number) => number): void {
  const { dims } = tensor;
  const data = arrayOf(tensor);
  const inner = sizeOf(dims.slice(slot.axis + 1));
  const length = dims[slot.axis]!;
  const outer = data.length / (inner * length);
  slot.indices.forEach((position, i) => {
    const channel = Math.floor(i / slot.width);
    let total = 0;
    for (let o = 0; o < outer; o++) {
      const start = (o * length + position) * inner;
      for (let k = start; k < start + inner; k++) total += f(data[k]!);
    }
    into[channel]! += total;
  });
}

/** The slots of a group in those roles; where it has none, all that are no statistics. */
export function slotsOf(
  group: ChannelGroup,
  tensors: ReadonlyMap<string, Tensor>,
  roles: readonly Role[],
  leastRank = 1,
): Slot[] {
  const wanted = group.slots.filter(({ role, tensor }) =>
    roles.includes(role) && tensors.get(tensor)!.dims.length >= leastRank
  );
  return wanted.length ? wanted : group.slots.filter(({ role }) => role !== "statistic");
}
