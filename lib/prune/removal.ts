import type { ChannelGroups } from "./channel_groups.ts";
import type { ChannelIds } from "./channel_union_find.ts";
import type { PruningPlan } from "./pruning_plan.ts";

/** Tells of any labelled axis which positions stay. */
export interface Removal {
  /** The positions that stay, or `undefined` where all do. */
  keptPositions(labels: ChannelIds): Int32Array | undefined;
}

/**
 * What a plan removes, as a question to ask of any axis.
 *
 * @throws TypeError where the plan was made for another model
 */
export function removalOf(groups: ChannelGroups, plan: PruningPlan, action: string): Removal {
  if (plan.checksum !== checksum(groups)) {
    throw new TypeError(
      `Cannot ${action} with this plan: it was made for another model; make one with planPruning(model, …)`,
    );
  }
  const gone = groups.groups.map(({ channels }) => new Uint8Array(channels));
  for (const { id, removed } of plan.groups) for (const channel of removed) gone[id]![channel] = 1;
  return removalFrom(groups, gone);
}

/**
 * What is removed, as a question to ask of any axis, from flags: `gone[group][channel]` is 1 where it goes.
 */
export function removalFrom(groups: ChannelGroups, gone: readonly Uint8Array[]): Removal {
  const { traced: { atoms }, groupOf, channelOf } = groups;
  const cache = new Map<ChannelIds, Int32Array | undefined>();
  return {
    keptPositions(labels) {
      if (cache.has(labels)) return cache.get(labels);
      const kept: number[] = [];
      labels.forEach((label, i) => {
        const atom = atoms.find(label);
        const group = atom < 0 ? -1 : groupOf[atom]!;
        if (group < 0 || gone[group]![channelOf[atom]!] === 0) kept.push(i);
      });
      const result = kept.length === labels.length ? undefined : Int32Array.from(kept);
      cache.set(labels, result);
      return result;
    },
  };
}

/** A short text that differs where the groups of two models differ. */
export function checksum({ groups }: ChannelGroups): string {
  let hash = 0x811c9dc5;
  const mix = (text: string) => {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  };
  for (const { name, channels, slots } of groups) {
    mix(
      `${name} ${channels} ${slots.map(({ tensor, axis, width }) => `${tensor} ${axis} ${width}`).join()};`,
    );
  }
  return (hash >>> 0).toString(16);
}
