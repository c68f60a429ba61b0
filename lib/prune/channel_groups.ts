import { printable } from "../printable.ts";
import { describe } from "../onnx/attribute.ts";
import { foldMixed } from "../onnx/passes/fold_mixed.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import { tableChanges } from "../onnx/operators/table.ts";
import type { Model } from "../onnx/model.ts";
import { counted } from "../amounts.ts";
import { untieSharedConstants } from "../onnx/passes/untie_shared_constants.ts";
import { type Alone, aloneBehind } from "./channels/gates.ts";
import { unflattenScales } from "./channels/unflatten_scales.ts";
import { titleOf } from "./channels/group_title.ts";
import { ONLY_CHANNELS, type PrunableKind, requireKinds } from "./kinds.ts";
import { declaredWays, type GroupWay } from "./channels/group_ways.ts";
import { collectGroups } from "./channels/collect_groups.ts";
import { traceChannels, type Traced } from "./channels/trace.ts";
import type { Role } from "./rows/row.ts";

/** One axis of one stored tensor that the channels of a group touch. */
export interface Slot {
  /** Name of the tensor. */
  tensor: string;
  /** Axis of the tensor, from 0. */
  axis: number;
  /** Role of the axis for the layer: filters ("out"), what filters read ("in"), and so on. */
  role: Role;
  /** Positions per channel: 49 where a 7×7 map was flattened. */
  width: number;
  /** Channel c owns the positions `indices[c · width] … indices[(c + 1) · width − 1]`. */
  indices: Int32Array;
}

/**
 * Channels that touch the same axes of the same tensors. Each of them can leave by itself, in all slots at
 * once.
 */
export interface ChannelGroup {
  /** The group's place among the groups. */
  id: number;
  /** Name of the group, after the first tensor that makes these channels. */
  name: string;
  /** Name of the node that reads this tensor, where only an exporter named it: `onnx::Conv_538`. */
  layer?: string;
  /**
   * Kind of the group's members: channels, or whole blocks, experts or rows of a vocabulary that may go like
   * them.
   */
  kind: PrunableKind;
  /** Number of channels. */
  channels: number;
  /** How many of them have to stay at least. */
  least: number;
  /** Names of the blocks, where it is of those: what each one's sum with the stream gives. */
  members?: readonly string[];
  /** Where the channels lie. */
  slots: Slot[];
  /** Why these channels must stay; empty for channels that may leave. */
  protectedBy: string[];
}

/** Places where knowledge of channels ends. */
export interface Boundary {
  /** The operator and its node, as error messages name it. */
  node: string;
  /** The operator's name. */
  op: string;
}

/** The coupled channels of a model: result of {@linkcode channelGroups}. */
export class ChannelGroups {
  /** All groups, those that must stay too, in the order of the graph. */
  readonly groups: readonly ChannelGroup[];
  /** Operators without a row. */
  readonly boundaries: readonly Boundary[];
  /** The model the groups speak of: constants are initializers, shapes are known. */
  readonly model: Model;
  /**
   * How channels run through the graph.
   *
   * @internal
   */
  readonly traced: Traced;
  /**
   * What leaves with each block or expert as a whole, by its atom.
   *
   * @internal
   */
  readonly alone: ReadonlyMap<number, Alone>;
  /**
   * Whether the model stores what the one that was given computes from constants.
   *
   * @internal
   */
  readonly folded: boolean;
  /** Group of each atom that stands for others: −1 for those in no group. */
  readonly groupOf: Int32Array;
  /** Channel in its group of each atom that stands for others; −1 for those in no group. */
  readonly channelOf: Int32Array;

  /** Made by {@linkcode channelGroups}. */
  constructor(
    fields: Pick<
      ChannelGroups,
      "groups" | "boundaries" | "model" | "traced" | "alone" | "folded" | "groupOf" | "channelOf"
    >,
  ) {
    this.groups = fields.groups;
    this.boundaries = fields.boundaries;
    this.model = fields.model;
    this.traced = fields.traced;
    this.alone = fields.alone;
    this.folded = fields.folded;
    this.groupOf = fields.groupOf;
    this.channelOf = fields.channelOf;
  }

  /** The groups whose channels may leave. */
  get prunable(): ChannelGroup[] {
    return this.groups.filter(({ protectedBy }) => protectedBy.length === 0);
  }

  /** One line per group, for people. */
  toString(): string {
    const line = (group: ChannelGroup) =>
      `${titleOf(group)}: ${counted(group.channels, "channel")} in ${counted(group.slots.length, "place")}` +
      (group.protectedBy.length ? `, protected: ${group.protectedBy[0]}` : "");
    const free = this.prunable;
    const head =
      `${counted(free.length, "prunable group")} with ${
        counted(free.reduce((n, g) => n + g.channels, 0), "channel")
      }, ` +
      `${this.groups.length - free.length} protected, ${
        this.boundaries.length === 1 ? "1 boundary" : `${this.boundaries.length} boundaries`
      }`;
    return printable([head, ...this.groups.map(line)].join("\n"));
  }

  /** Text that a terminal shows. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** MIME bundle that a notebook shows. */
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/plain": this.toString() };
  }
}

/** What was found in a model, by which kinds, and by which state of the tables. */
const known = new WeakMap<Model, Map<string, { found: ChannelGroups; by: number }>>();

/**
 * Finds the channels of a model that must leave together, for any ONNX graph of operator set 7 or later.
 *
 * Every position along an axis of a stored tensor is an atom; one table row per operator joins the atoms that
 * its inputs, outputs and weights share. A channel is a set of joined atoms; a group is the channels that
 * touch the same axes of the same tensors. An operator without a row is a boundary, and what reaches it is
 * protected; so are inputs and outputs of the graph.
 *
 * Source of the idea: G. Fang, X. Ma, M. Song, M. B. Mi, X. Wang, "DepGraph: towards any structural pruning",
 * CVPR 2023.
 *
 * @param kinds what may go; besides channels whole residual blocks, experts of mixtures and rows of
 * vocabularies, where these are named, each kind in groups of its own. Default: channels
 * @throws TypeError where the graph's shapes contradict each other
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 *
 * const { prunable } = channelGroups(mlp({ sizes: [4, 8, 2] }));
 * assert.deepEqual(prunable.map(({ channels }) => channels), [8]);
 * // A hidden unit is a row of one weight, an entry of its bias, and a column of the next weight.
 * const slots = prunable[0]!.slots.map(({ tensor, axis, role }) => `${tensor} axis ${axis}: ${role}`);
 * assert.deepEqual(slots, ["0.weight axis 0: out", "0.bias axis 0: bias", "2.weight axis 1: in"]);
 * ```
 */
export function channelGroups(
  model: Model,
  kinds: readonly PrunableKind[] = ONLY_CHANNELS,
): ChannelGroups {
  kinds = requireKinds(kinds, "find what may go");
  const cached = known.get(model)?.get(kinds.join());
  if (cached?.by === tableChanges()) return cached.found;
  const hoisted = constantsToInitializers(model);
  const computed = foldMixed(hoisted);
  const folded = computed !== hoisted;
  const shaped = inferShapes(unflattenScales(untieSharedConstants(computed)));
  const ways = declaredWays(shaped.info);
  let result = groupsOf(shaped, traceChannels(shaped, ways, kinds), folded);
  const stuck = stuckWays(result);
  if (stuck.size > 0) {
    const other = groupsOf(shaped, traceChannels(shaped, new Map([...ways, ...stuck]), kinds), folded);
    if (freedom(other) > freedom(result)) result = other;
  }
  const all = known.get(model) ?? new Map<string, { found: ChannelGroups; by: number }>();
  known.set(model, all.set(kinds.join(), { found: result, by: tableChanges() }));
  return result;
}

/** How many channels may leave. */
const freedom = ({ prunable }: ChannelGroups) =>
  prunable.reduce((sum, { channels }) => sum + channels - 1, 0);

/** Turns to the other way for convolutions in groups of which nothing may leave in the one that was taken. */
function stuckWays({ traced: { grouped, atoms }, groups, groupOf }: ChannelGroups): Map<string, GroupWay> {
  const mayLeave = (label: number) => groups[groupOf[atoms.find(label)] ?? -1]?.protectedBy.length === 0;
  return new Map(
    grouped.filter(({ labels }) => !labels.some((side) => side.some(mayLeave)))
      .map(({ output, way }) => [output, way === "groups" ? "places" : "groups"]),
  );
}

function groupsOf(model: Model, traced: Traced, folded: boolean): ChannelGroups {
  const boundaries = traced.boundaries.map((node) => ({ node: describe(node), op: node.op }));
  const alone = aloneBehind(model, traced.gates);
  return new ChannelGroups({ ...collectGroups(model, traced), boundaries, model, traced, alone, folded });
}
