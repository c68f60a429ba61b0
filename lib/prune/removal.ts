import { TypeError } from "../errors.ts";
import type { ChannelGroups } from "./channel_groups.ts";
import type { ChannelIds } from "./channels/channel_union_find.ts";
import type { PruningPlan } from "./pruning_plan.ts";

/** Tells of any labelled axis which positions stay. */
export interface Removal {
  /** The positions that stay, or `undefined` where all do. */
  keptPositions(labels: ChannelIds): Int32Array | undefined;
  /** Whether what an atom stands for leaves. */
  leaves(atom: number): boolean;
}

/**
 * The channels that a plan removes, as a question to ask of any axis.
 *
 * @throws TypeError where it is no plan, was made for another model, or removes what the model cannot lose
 */
export function removalOf(groups: ChannelGroups, plan: PruningPlan, action: string): Removal {
  if (!Array.isArray(plan?.groups)) {
    throw new TypeError(`Cannot ${action} ${inWords(plan)}`);
  }
  if (plan.checksum !== checksum(groups)) {
    throw new TypeError(
      `Cannot ${action} with this plan: it was made for another model; make one with planPruning(model, …)`,
    );
  }
  return removalFrom(groups, flagsOf(groups, plan, action));
}

/** What was given in the place of a plan, and what to do. */
function inWords(given: unknown): string {
  if (given instanceof Promise) {
    return "with a promise: await the plan, which takes time where it looks at data or a latency";
  }
  if (typeof given === "object" && given !== null) {
    const names = Object.keys(given).join(", ");
    return `with an object of ${names || "nothing"}: expected a plan; give options to planPruning(model, ` +
      `{ target: { macs: 0.5 } }), and what it gives here`;
  }
  return `${
    given === undefined ? "without a plan" : `with ${String(given)}`
  }: expected what planPruning(model, ` +
    "{ target: { macs: 0.5 } }) gives";
}

/** `flags[group][channel]` is 1 where a plan, which may be written by hand, removes the channel. */
function flagsOf({ groups }: ChannelGroups, plan: PruningPlan, action: string): Uint8Array[] {
  const gone = groups.map(({ channels }) => new Uint8Array(channels));
  const seen = new Set<number>();
  for (const { id, removed } of plan.groups) {
    const group = groups[id];
    if (group === undefined || seen.has(id)) {
      throw new TypeError(
        `Cannot ${action} with this plan: expected each group at most once, by an id from 0 to ` +
          `${groups.length - 1}, found ${id}${group ? " twice" : ""}`,
      );
    }
    seen.add(id);
    const fail = (expected: string, found: string) =>
      new TypeError(
        `Cannot ${action} group ${id}, "${group.name}", with this plan: expected removed to be ${expected}, ` +
          `found ${found}`,
      );
    if (!Array.isArray(removed)) throw fail("a list of channels", String(removed));
    if (removed.length > 0 && group.protectedBy.length > 0) {
      throw fail(`empty, since ${group.protectedBy[0]}`, `[${removed}]`);
    }
    for (const channel of removed) {
      if (!Number.isInteger(channel) || channel < 0 || channel >= group.channels) {
        throw fail(`a list of whole numbers from 0 to ${group.channels - 1}`, String(channel));
      }
      if (gone[id]![channel] === 1) throw fail("a list of channels, each once", `${channel} twice`);
      gone[id]![channel] = 1;
    }
    if (removed.length > 0 && removed.length > group.channels - group.least) {
      const stay = group.least === 1 ? "one stays" : `${group.least} stay`;
      throw fail(
        `at most ${group.channels - group.least} ${group.kind}, so that ${stay}`,
        removed.length === group.channels ? `all ${group.channels}` : String(removed.length),
      );
    }
  }
  return gone;
}

/**
 * The channels that are removed, as a question to ask of any axis, from flags: `gone[group][channel]` is 1
 * where it goes.
 */
export function removalFrom(groups: ChannelGroups, gone: readonly Uint8Array[]): Removal {
  const { traced: { atoms }, groupOf, channelOf } = groups;
  const cache = new Map<ChannelIds, Int32Array | undefined>();
  const leaves = (label: number): boolean => {
    const atom = atoms.find(label);
    const group = atom < 0 ? -1 : groupOf[atom]!;
    return group >= 0 && gone[group]![channelOf[atom]!] === 1;
  };
  return {
    leaves,
    keptPositions(labels) {
      if (cache.has(labels)) return cache.get(labels);
      const kept: number[] = [];
      labels.forEach((label, i) => {
        if (!leaves(label)) kept.push(i);
      });
      const result = kept.length === labels.length ? undefined : Int32Array.from(kept);
      cache.set(labels, result);
      return result;
    },
  };
}

/** A short text that differs where the groups of two models differ, or which of them must stay. */
export function checksum({ groups }: Pick<ChannelGroups, "groups">): string {
  let hash = 0x811c9dc5;
  const mix = (word: number) => hash = Math.imul(hash ^ word, 0x01000193);
  const mixText = (text: string) => {
    for (let i = 0; i < text.length; i++) mix(text.charCodeAt(i));
  };
  for (const { name, channels, protectedBy, slots, members = [] } of groups) {
    mixText(`${name} ${channels} ${protectedBy.length > 0};${members}`);
    for (const { tensor, axis, width, indices } of slots) {
      mixText(`${tensor} ${axis} ${width},`);
      indices.forEach(mix);
    }
  }
  return (hash >>> 0).toString(16);
}
