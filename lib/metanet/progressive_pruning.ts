import { COUNT, requireNumbers } from "../bounds.ts";
import { type Chosen, type OptionNames, type OptionWords, requireOptions, requireWords } from "../options.ts";
import { realNumbers } from "../prune/quantized/real_numbers.ts";
import { mean } from "../statistics/describe.ts";
import type { Model } from "../onnx/model.ts";
import { type ChannelGroup, type ChannelGroups, channelGroups } from "../prune/channel_groups.ts";
import { type Criterion, sumSlot } from "../prune/criteria/criterion.ts";
import { removeChannels } from "../prune/prune.ts";
import { removalFrom } from "../prune/removal.ts";
import { scoreChannels } from "../prune/plan/score_channels.ts";
import { channelsPer } from "../prune/plan/round_widths.ts";
import { regularizedSlots } from "./regularized_slots.ts";

/** Settings of {@linkcode progressivePruning}. */
export interface ProgressiveOptions {
  /** Steps to nothing: each aims at one more such part of all channels. Default 200. */
  steps?: number | undefined;
  /**
   * Divisor of the importances of a group before all groups are ranked together; `"rank"` compares places in
   * the group's own ranking instead, so that the same part of every group goes. Default `"max"`.
   */
  normalizer?: "max" | "mean" | "none" | "rank" | undefined;
  /** Importance of the channels of a group in place of the mean square norm of their members. */
  criterion?: Criterion | undefined;
  /**
   * Number of which the widths that a step changes become a multiple, rounded down. Default 1: any width.
   */
  roundTo?: number | undefined;
}

/** Names of {@linkcode ProgressiveOptions}. */
export const PROGRESSIVE_OPTIONS: OptionNames<ProgressiveOptions> = {
  steps: true,
  normalizer: true,
  criterion: true,
  roundTo: true,
};

const WORDS: OptionWords<Pick<Chosen<ProgressiveOptions>, "normalizer">> = {
  normalizer: { max: true, mean: true, none: true, rank: true },
};

/** A model on the way down. */
export interface PruningStage {
  /** Number of the stage, from 1. */
  step: number;
  /** The pruned model. */
  model: Model;
}

/**
 * Removes channels little by little, the least important of all groups first, and looks at the rest anew each
 * time: what is left after every step that removes something. No training in between.
 *
 * Step j of n takes all channels up to the importance of which floor(T·(1 − j/n)) of the T channels lie
 * above, and of each group that this narrows as many more as rounding takes. A group that would lose all of
 * its channels loses none in that step. Importance is the mean over a
 * channel's members of the sum of squares, divided by the largest in its group.
 *
 * Source: "Meta Pruning via Graph Metanetworks", appendix B.2.3 and its code, on DepGraph's base pruner.
 *
 * @throws RangeError where a number or word cannot be meant; in its turn TypeError where the criterion, or a
 * channel's norm, is no finite number for each channel
 */
export function progressivePruning(
  model: Model,
  options: ProgressiveOptions = {},
): Generator<PruningStage> {
  requireOptions("progressivePruning", options, PROGRESSIVE_OPTIONS);
  return stagesOf(model, progressiveSettings(options));
}

/** All settings, with what they say by default. */
type ProgressiveSettings =
  & Chosen<Omit<ProgressiveOptions, "criterion">>
  & Pick<ProgressiveOptions, "criterion">;

/** @throws RangeError where one cannot be meant */
export function progressiveSettings(options: ProgressiveOptions): ProgressiveSettings {
  const { steps = 200, normalizer = "max", criterion, roundTo = 1 } = options;
  requireWords("prune step by step", { normalizer }, WORDS);
  requireNumbers("prune step by step", { steps, roundTo }, COUNT);
  return { steps, normalizer, criterion, roundTo };
}

function* stagesOf(
  model: Model,
  { steps, normalizer, criterion, roundTo }: ProgressiveSettings,
): Generator<PruningStage> {
  let current = model;
  let all: number | undefined;
  for (let step = 1; step <= steps; step++) {
    const groups = channelGroups(current);
    const rank = criterion ?? ((group) => groupNorms(group, groups));
    const ranked = groups.prunable.map((group) => ({
      group,
      importance: normalized(
        scoreChannels(rank, group, groups, { normalize: false, named: false }),
        normalizer,
      ),
    }));
    const values = ranked.flatMap(({ importance }) => [...importance]).sort((a, b) => a - b);
    all ??= values.length;
    const surplus = values.length - Math.floor(all * (1 - step / steps));
    if (surplus <= 0) continue;
    const threshold = values[surplus - 1]!;
    const gone = groups.groups.map(({ channels }) => new Uint8Array(channels));
    let any = false;
    for (const { group, importance } of ranked) {
      const left = importance.filter((value) => value > threshold).length;
      const kept = left - left % channelsPer(roundTo, group);
      if (kept === 0 || left === group.channels) continue;
      const order = [...importance.keys()].sort((a, b) => importance[a]! - importance[b]!);
      for (const channel of order.slice(0, group.channels - kept)) gone[group.id]![channel] = 1;
      any = true;
    }
    if (!any) continue;
    current = removeChannels(groups, removalFrom(groups, gone));
    yield { step, model: current };
  }
}

/** The mean over its members of the sum of squares of each channel, [channels]. */
export function groupNorms(group: ChannelGroup, groups: ChannelGroups): Float64Array {
  const members = regularizedSlots(group, groups);
  const sums = new Float64Array(group.channels);
  for (const slot of members) {
    sumSlot(slot, realNumbers(groups.model).get(slot.tensor)!, sums, (w) => w * w);
  }
  return sums.map((sum) => sum / Math.max(1, members.length));
}

function normalized(
  values: Float64Array,
  normalizer: NonNullable<ProgressiveOptions["normalizer"]>,
): Float64Array {
  if (normalizer === "rank") {
    const sorted = values.toSorted();
    return values.map((value) => (sorted.indexOf(value) + 1) / values.length);
  }
  const by = normalizer === "none"
    ? 1
    : normalizer === "max"
    ? values.reduce((high, value) => Math.max(high, value), 0)
    : mean(values);
  return by > 0 ? values.map((value) => value / by) : values;
}
