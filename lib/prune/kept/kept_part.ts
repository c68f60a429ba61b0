import type { Tensor } from "../../tensor/tensor.ts";
import { channelsAt } from "../channels/axis.ts";
import type { ChannelGroups } from "../channel_groups.ts";
import type { Removal } from "../removal.ts";
import { selectAlong } from "../select.ts";

/** What a pruned model still has of a value of the original. */
export function keptPart(
  tensor: Tensor,
  name: string,
  { traced }: Pick<ChannelGroups, "traced">,
  { keptPositions }: Removal,
): Tensor {
  return tensor.dims.reduce((part, _, axis) => {
    const labels = channelsAt(traced.values.get(name), axis)?.labels;
    const kept = labels && keptPositions(labels);
    return kept ? selectAlong(part, axis, kept) : part;
  }, tensor);
}
