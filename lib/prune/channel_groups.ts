import { printable } from "../printable.ts";
import { describe } from "../onnx/attribute.ts";
import { foldMixed } from "../onnx/passes/fold_mixed.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import { learnedConstants } from "../onnx/learned.ts";
import { isNamed } from "../onnx/learned/names.ts";
import { tableChanges } from "../onnx/operators/table.ts";
import type { Model } from "../onnx/model.ts";
import { consumers } from "../onnx/topology.ts";
import { counted } from "../text_table.ts";
import { untieSharedConstants } from "./untie_shared_constants.ts";
import { type Alone, aloneBehind } from "./channels/gates.ts";
import { unflattenScales } from "./channels/unflatten_scales.ts";
import { titleOf } from "./channels/group_title.ts";
import { ONLY_CHANNELS, type PrunableKind, requireKinds } from "./kinds.ts";
import { declaredWays, type GroupWay } from "./channels/group_ways.ts";
import { type Role, type StoredAxis, traceChannels, type Traced } from "./channels/trace.ts";

export type { Role } from "./channels/trace.ts";

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
  let result = collect(shaped, traceChannels(shaped, ways, kinds), folded);
  const stuck = stuckWays(result);
  if (stuck.size > 0) {
    const other = collect(shaped, traceChannels(shaped, new Map([...ways, ...stuck]), kinds), folded);
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

function collect(model: Model, traced: Traced, folded: boolean): ChannelGroups {
  const { atoms, stored } = traced;
  const signature = signatures(traced);
  const reasons = atoms.kept();
  const groupOf = new Int32Array(atoms.count).fill(-1);
  const channelOf = new Int32Array(atoms.count).fill(-1);
  const groups: ChannelGroup[] = [];
  const least = new Map<number, number>();
  for (const { labels, least: needed } of traced.choices) {
    for (const label of labels) {
      const atom = atoms.find(label);
      least.set(atom, Math.max(needed, least.get(atom) ?? 1));
    }
  }
  const ids = new Map<string, number>();
  const rows = new Set(
    [...traced.vocabularies.values()].flatMap((labels) => Array.from(labels, (label) => atoms.find(label))),
  );
  for (let atom = 1; atom < atoms.count; atom++) {
    if (signature[atom] === 0 || atoms.find(atom) !== atom) continue;
    const why = [...reasons.get(atom) ?? []];
    const kind = rows.has(atom) ? "vocabulary" : least.has(atom) ? "experts" : "channels";
    const key = `${signature[atom]} ${kind} ${why.join("\n")}`;
    let id = ids.get(key);
    if (id === undefined) {
      id = groups.length;
      ids.set(key, id);
      groups.push({
        id,
        name: "",
        kind,
        channels: 0,
        least: least.get(atom) ?? 1,
        slots: [],
        protectedBy: why,
      });
    }
    groupOf[atom] = id;
    channelOf[atom] = groups[id]!.channels++;
  }
  for (const axis of stored) addSlots(axis, traced, { groups, groupOf, channelOf });
  protectLastChannels(model, groups);
  nameGroups(model, groups);
  addUnfollowed(model, traced, groups);
  addBlocks(traced, groups, groupOf, channelOf);
  const boundaries = traced.boundaries.map((node) => ({ node: describe(node), op: node.op }));
  const alone = aloneBehind(model, traced.gates);
  return new ChannelGroups({ groups, boundaries, model, traced, alone, folded, groupOf, channelOf });
}

/** Names groups after the first tensor that makes their channels. */
function nameGroups({ graph }: Model, groups: readonly ChannelGroup[]): void {
  const uses = consumers(graph);
  for (const group of groups) {
    const first = group.slots.find(({ role }) => role === "out") ?? group.slots[0];
    group.name = first?.tensor ?? `group ${group.id}`;
    const layer = first && !isNamed(first.tensor) ? uses.get(first.tensor)?.[0]?.node.name : undefined;
    if (layer) group.layer = layer;
  }
}

/** Protects the only channel of a group, with the places that it goes by. */
function protectLastChannels(model: Model, groups: readonly ChannelGroup[]): void {
  const uses = consumers(model.graph);
  for (const { channels, slots, protectedBy } of groups) {
    if (channels !== 1 || protectedBy.length > 0) continue;
    const layers = slots.filter(({ role }) => role === "out" || role === "in");
    const places = (layers.length > 0 ? layers : slots).slice(0, 2).map(({ tensor, axis }) => {
      const reader = uses.get(tensor)?.[0];
      return `axis ${axis} of "${tensor}"${reader ? ` in ${describe(reader.node)}` : ""}`;
    });
    protectedBy.push(
      `a group keeps a channel, and no other that may leave goes the same way as this one, by ${
        places.join(" and ")
      }`,
    );
  }
}

/** Tells of weights, too, along which nothing could be followed. */
function addUnfollowed(model: Model, traced: Traced, groups: ChannelGroup[]): void {
  for (const [tensor, { role }] of learnedConstants(model)) {
    const why = traced.whole.get(tensor);
    if (why === undefined || role === "statistic") continue;
    const channels = model.graph.initializers.get(tensor)?.dims[0] ?? 1;
    groups.push({
      id: groups.length,
      name: tensor,
      kind: "channels",
      channels,
      least: 1,
      slots: [],
      protectedBy: [why],
    });
  }
}

/** Adds the blocks as one group, of which each is a channel without places of its own. */
function addBlocks(
  { blocks }: Traced,
  groups: ChannelGroup[],
  groupOf: Int32Array,
  channelOf: Int32Array,
): void {
  if (blocks.size === 0) return;
  const id = groups.length;
  let channels = 0;
  for (const atom of blocks.keys()) {
    groupOf[atom] = id;
    channelOf[atom] = channels++;
  }
  const protectedBy = channels === 1 ? ["it is the only block"] : [];
  const members = [...blocks.values()];
  groups.push({ id, name: "blocks", kind: "blocks", channels, least: 1, members, slots: [], protectedBy });
}

/**
 * A number per atom: equal where the same places are touched equally often, 0 where none is. Places are the
 * axes of stored tensors, and those that must not lose all their channels, so that each has a group of its
 * own that keeps one.
 */
function signatures({ atoms, stored, filled }: Traced): Int32Array {
  const signature = new Int32Array(atoms.count);
  // A path through a tree of places visited, one edge per touch.
  const edges = new Map<number, number>();
  let last = 0;
  const places = [...stored.map(({ labels }) => labels), ...filled];
  places.forEach((labels, place) => {
    for (const label of labels) {
      const atom = atoms.find(label);
      // Channels without weights are in no group.
      if (label < 0 || (place >= stored.length && signature[atom] === 0)) continue;
      const key = signature[atom]! * places.length + place;
      let next = edges.get(key);
      if (next === undefined) edges.set(key, next = ++last);
      signature[atom] = next;
    }
  });
  return signature;
}

function addSlots(
  { tensor, axis, role, labels }: StoredAxis,
  { atoms }: Traced,
  { groups, groupOf, channelOf }: {
    groups: readonly ChannelGroup[];
    groupOf: Int32Array;
    channelOf: Int32Array;
  },
) {
  const counts = new Map<number, number>();
  const atomOf = labels.map((label) => atoms.find(label));
  for (const atom of atomOf) counts.set(groupOf[atom]!, (counts.get(groupOf[atom]!) ?? 0) + 1);
  const slots = new Map<number, { slot: Slot; filled: Int32Array }>();
  for (const [id, count] of counts) {
    const group = groups[id]!;
    const slot = { tensor, axis, role, width: count / group.channels, indices: new Int32Array(count) };
    group.slots.push(slot);
    slots.set(id, { slot, filled: new Int32Array(group.channels) });
  }
  atomOf.forEach((atom, position) => {
    const { slot, filled } = slots.get(groupOf[atom]!)!;
    const channel = channelOf[atom]!;
    slot.indices[channel * slot.width + filled[channel]!++] = position;
  });
}
