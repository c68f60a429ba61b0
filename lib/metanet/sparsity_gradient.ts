import { requireNumbers } from "../bounds.ts";
import { TypeError } from "../errors.ts";
import type { Chosen, OptionNames } from "../options.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { float32, int64 } from "../tensor/tensor.ts";
import type { ChannelGroup, ChannelGroups, Slot } from "../prune/channel_groups.ts";
import { regularizedSlots } from "./regularized_slots.ts";
import { emptyRecord } from "../own.ts";

/** Settings of {@linkcode sparsityGradient}. */
export interface GroupSparsityOptions {
  /**
   * Weight of the regulariser beside the mean cross entropy: the published 10 against a sum of 100 batches.
   * Default 0.1.
   */
  strength?: number | undefined;
  /** How much harder the weakest channel of a group is pushed than the strongest. Default 16. */
  alpha?: number | undefined;
}

/** Names of {@linkcode GroupSparsityOptions}. */
export const GROUP_SPARSITY_OPTIONS: OptionNames<GroupSparsityOptions> = { strength: true, alpha: true };

/**
 * The settings, with what they say by default.
 *
 * @param action what cannot be done with others
 * @throws RangeError where the strength is below 0, or alpha below 1: strong channels would be pushed hardest
 */
export function sparsitySettings(
  action: string,
  { strength = 0.1, alpha = 16 }: GroupSparsityOptions,
): Chosen<GroupSparsityOptions> {
  requireNumbers(action, { strength }, { from: 0 });
  requireNumbers(action, { alpha }, { from: 1 });
  return { strength, alpha };
}

/**
 * Adds the direction in which the weights of coupled channels shrink, the weakest of each group most: by
 * stored tensor, a value of its shape. A gradient of ½·strength·Σ γₖ·‖channel k‖² with γ held fixed, γₖ =
 * alpha^((max J − Jₖ)/(max J − min J)), J the root of the mean square norm of a channel's members.
 *
 * Members of a channel are the filter that makes it, its scale in a norm, and what reads it; biases and
 * depthwise kernels are not. A tensor between two groups gets both terms. A group whose channels are all
 * equal (or not numbers) has no weakest one and gets nothing, where the official code drops whole tensors.
 *
 * Source: the group regulariser of DepGraph (Fang et al., CVPR 2023, section 3.3) as "Meta Pruning via Graph
 * Metanetworks" uses it.
 *
 * @param groups of the model that the weights are of
 * @param weight the value that stands for a stored tensor in the graph
 * @throws RangeError where a setting is out of bounds
 */
export function sparsityGradient(
  g: GraphBuilder,
  groups: ChannelGroups,
  weight: (name: string) => Value,
  options: GroupSparsityOptions = {},
): Record<string, Value> {
  const settings = sparsitySettings("add group sparsity", options);
  return Object.fromEntries(
    Object.entries(pushesOf(g, groups, weight, settings)).map(([name, pushes]) => {
      const value = weight(name);
      return [name, pushes.map((push) => g.mul(value, push)).reduce((a, b) => g.add(a, b))];
    }),
  );
}

/**
 * How fast weights shrink by that gradient, as a part of them: by stored tensor, strength·γ along the axes of
 * its groups, added up.
 *
 * @throws RangeError where a setting is out of bounds
 */
export function sparsityRates(
  g: GraphBuilder,
  groups: ChannelGroups,
  weight: (name: string) => Value,
  options: GroupSparsityOptions = {},
): Record<string, Value> {
  const settings = sparsitySettings("add group sparsity", options);
  return Object.fromEntries(
    Object.entries(pushesOf(g, groups, weight, settings))
      .map(([name, pushes]) => [name, pushes.reduce((a, b) => g.add(a, b))]),
  );
}

/** strength·γ of each group that a tensor's channels are of, in a shape that broadcasts along its axis. */
function pushesOf(
  g: GraphBuilder,
  groups: ChannelGroups,
  weight: (name: string) => Value,
  { strength, alpha }: Chosen<GroupSparsityOptions>,
): Record<string, Value[]> {
  const pushes = emptyRecord<Value[]>();
  for (const group of groups.prunable) {
    const members = regularizedSlots(group, groups);
    if (members.length === 0) continue;
    const push = g.mul(pushOf(g, group, members, { weight, alpha }), strength);
    for (const slot of members) {
      const dims = g.shape(weight(slot.tensor)).map(Number);
      (pushes[slot.tensor] ??= []).push(alongAxis(g, push, slot, dims));
    }
  }
  return pushes;
}

/** How many protected groups an error names. */
const NAMED = 3;

/**
 * Throws TypeError where the regulariser has nothing to act on: no group of coupled channels can be pruned,
 * or none has a filter or scale among the tensors that train.
 *
 * @param action what cannot be done then, with the model's name behind it
 * @param trained names of the tensors that train. Default: all
 */
export function requirePrunable(
  groups: ChannelGroups,
  action: string,
  trained: (name: string) => boolean = () => true,
): void {
  const members = groups.prunable.flatMap((group) => regularizedSlots(group, groups));
  if (members.some(({ tensor }) => trained(tensor))) return;
  const reasons = groups.groups.slice(0, NAMED).map(({ name, protectedBy }) =>
    `"${name}": ${protectedBy[0] ?? "nothing of it trains"}`
  );
  const more = groups.groups.length > NAMED ? [`and ${groups.groups.length - NAMED} more`] : [];
  throw new TypeError(
    `Cannot ${action} "${groups.model.graph.name}": expected a group of coupled channels that can be pruned and trains, ` +
      `found none, so its regulariser would act on nothing; ${
        reasons.length > 0 ? [...reasons, ...more].join("; ") : "it has no channels at all"
      }; strength 0 trains without it`,
  );
}

/** γ for each channel, [channels]; zeros for a group without a weakest channel. */
function pushOf(
  g: GraphBuilder,
  { channels }: ChannelGroup,
  members: readonly Slot[],
  { weight, alpha }: { weight: (name: string) => Value; alpha: number },
): Value {
  const squares = members.map((slot) => channelSquares(g, weight(slot.tensor), slot, channels));
  const norm = g.sqrt(g.mul(squares.reduce((a, b) => g.add(a, b)), 1 / members.length));
  const [high, low] = [g.reduceMax(norm), g.reduceMin(norm)];
  const span = g.sub(high, low);
  const told = g.greater(span, 0);
  const distance = g.div(g.sub(high, norm), g.where(told, span, 1));
  return g.where(told, g.exp(g.mul(distance, Math.log(alpha))), 0);
}

/** Σ of squares of each channel's numbers in one slot, [channels]. */
function channelSquares(
  g: GraphBuilder,
  value: Value,
  { axis, width, indices }: Slot,
  channels: number,
): Value {
  const rank = g.shape(value).length;
  const others = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis);
  const square = others.length ? g.reduceSumSquare(value, others, { keepdims: false }) : g.mul(value, value); // [positions]
  const length = Number(g.shape(value)[axis]);
  const own = indices.length === length && indices.every((position, i) => position === i)
    ? square
    : g.gather(square, g.constant(int64([...indices])));
  return width === 1 ? own : g.reduceSum(g.reshape(own, [channels, width]), [1], { keepdims: false });
}

/**
 * A number per channel at that channel's positions, and 0 at others', in a shape that broadcasts along the
 * axis.
 */
function alongAxis(
  g: GraphBuilder,
  perChannel: Value,
  { axis, width, indices }: Slot,
  dims: readonly number[],
): Value {
  const length = dims[axis]!;
  const channels = indices.length / width;
  const channelOf = new Array<number>(length).fill(channels);
  indices.forEach((position, i) => channelOf[position] = Math.floor(i / width));
  const plain = channelOf.length === channels && channelOf.every((channel, i) => channel === i);
  const spread = plain
    ? perChannel
    : g.gather(g.concat([perChannel, g.constant(float32([0]))], 0), g.constant(int64(channelOf)));
  return g.reshape(spread, dims.map((_, i) => i === axis ? length : 1));
}
