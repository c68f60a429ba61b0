import { givenInWords, isRecord } from "../given.ts";
import { RangeError, TypeError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Model } from "../onnx/model.ts";
import { type ChannelGroup, channelGroups } from "./channel_groups.ts";
import { axisOrders } from "./order/axis_orders.ts";
import { followOrders } from "./order/follow_orders.ts";
import { selectAlong } from "./select.ts";

/**
 * The model with the channels of one group in another order: in all tensors that the group touches, channel k
 * is what channel `order[k]` was. The outputs stay the same, to the accuracy of float arithmetic: a node that
 * takes channels by their places (a Slice, a Split, a Gather) gets what it took before, by a Gather before or
 * behind it.
 *
 * @param group one of `channelGroups(model).prunable`: channels that must stay may be told apart by their
 * place
 * @param order each number from 0 to `group.channels − 1` once
 * @throws TypeError where the group is of another model or protected, or where a node takes channels by their
 * places out of a stored tensor or of an axis of unknown length
 * @throws RangeError where `order` is not a permutation of the channels
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { numbersOf, type Tensor } from "../tensor/tensor.ts";
 * import { mlp } from "../nn/mlp.ts";
 * import { channelGroups } from "./channel_groups.ts";
 *
 * const model = mlp({ sizes: [2, 3, 1] });
 * const [hidden] = channelGroups(model).prunable;
 * const turned = permuteChannels(model, hidden!, [2, 0, 1]);
 * const [before, after] = [model, turned].map(({ graph }) => graph.initializers.get("0.bias") as Tensor);
 * assert.deepEqual(numbersOf(after!), [2, 0, 1].map((i) => before!.data[i]));
 * ```
 */
export function permuteChannels(model: Model, group: ChannelGroup, order: ArrayLike<number>): Model {
  const groups = channelGroups(model);
  if (!isRecord(group)) {
    throw new TypeError(
      `Cannot permute ${
        givenInWords(group)
      }: expected a group of channels, one of channelGroups(model).prunable`,
    );
  }
  const known = groups.groups[group.id];
  if (known === undefined || known.name !== group.name || known.channels !== group.channels) {
    throw new TypeError(
      `Cannot permute group "${group.name}": it is of another model; take one of channelGroups(model).prunable`,
    );
  }
  if (known.protectedBy.length > 0) {
    throw new TypeError(
      `Cannot permute group "${group.name}": its channels may be told apart by their place (${
        known.protectedBy[0]
      })`,
    );
  }
  const given = Array.from(order);
  const complete = given.length === known.channels && new Set(given).size === known.channels &&
    given.every((channel) => Number.isInteger(channel) && channel >= 0 && channel < known.channels);
  if (!complete) {
    throw new RangeError(
      `Cannot permute group "${group.name}" to [${given.slice(0, 8).join(", ")}${
        order.length > 8 ? ", …" : ""
      }]: ` +
        `expected each number from 0 to ${known.channels - 1} once`,
    );
  }
  const { graph } = groups.model;
  const initializers = new Map(graph.initializers);
  const orderOf = axisOrders(groups, known.id, given);
  for (const { tensor, axis, labels } of groups.traced.stored) {
    const positions = orderOf(labels);
    if (!positions) continue;
    initializers.set(tensor, selectAlong(initializers.get(tensor) as Tensor, axis, positions));
  }
  const ordered = groups.model.withGraph({ ...graph, initializers });
  return followOrders(ordered, groups, orderOf, `permute group "${known.name}"`);
}
