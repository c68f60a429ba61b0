import type { ChannelGroup, ChannelGroups } from "../../prune/channel_groups.ts";
import type { Criterion } from "../../prune/criteria/criterion.ts";
import { type CriterionName, criterionOf } from "../../prune/criteria/table.ts";
import { realNumbers } from "../../prune/quantized/real_numbers.ts";
import type { Progress } from "../../progress.ts";

/** Turns of the event loop are given after so many ms, so that a word to stop is heard. */
const TURN = 50;

/**
 * The importance of all channels that may leave, computed once: as a criterion it answers at once, so that a
 * plan can follow a slider. LAMP, which a plan knows by its name and compares in another way, stays a name.
 *
 * @throws the signal's reason, between two groups
 */
export async function rankChannels(
  groups: ChannelGroups,
  name: CriterionName,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<Criterion | CriterionName> {
  if (name === "lamp") return name;
  const rank = criterionOf(name, { seed: 0 });
  const tensors = realNumbers(groups.model);
  const { prunable } = groups;
  const scores = new Map<number, ArrayLike<number>>();
  await progress.start("Ranking channels", prunable.length);
  let last = performance.now();
  for (const group of prunable) {
    scores.set(group.id, rank(group, tensors));
    if (performance.now() - last < TURN) continue;
    await progress.step(scores.size);
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
    last = performance.now();
  }
  await progress.close();
  return ({ id }: ChannelGroup) => scores.get(id)!;
}
