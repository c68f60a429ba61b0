import { describe } from "../../onnx/attribute.ts";
import { learnedConstants } from "../../onnx/learned.ts";
import type { Model } from "../../onnx/model.ts";
import { consumers } from "../../onnx/topology.ts";
import type { ChannelGroup, Slot } from "../channel_groups.ts";
import type { StoredAxis, Traced } from "./trace.ts";

/** What {@linkcode collectGroups} finds. */
export interface Collected {
  /** All groups, those that must stay too, in the order of the graph. */
  groups: ChannelGroup[];
  /** Group of each atom that stands for others: −1 for those in no group. */
  groupOf: Int32Array;
  /** Channel in its group of each atom that stands for others; −1 for those in no group. */
  channelOf: Int32Array;
}

/**
 * Puts the channels that a walk through a graph found into groups: those that touch the same places and stay
 * for the same reasons, of one kind.
 *
 * @param model the one that was walked through
 */
export function collectGroups(model: Model, traced: Traced): Collected {
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
  for (const group of groups) {
    const first = group.slots.find(({ role }) => role === "out") ?? group.slots[0];
    (group as { name: string }).name = first?.tensor ?? `group ${group.id}`;
  }
  addUnfollowed(model, traced, groups);
  addBlocks(traced, groups, groupOf, channelOf);
  return { groups, groupOf, channelOf };
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
  { groups, groupOf, channelOf }: Collected,
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
