import { type Chosen, withoutUndefined } from "../../options.ts";
import { uncountedIn } from "../../onnx/count_macs.ts";
import type { Model } from "../../onnx/model.ts";
import { quoted } from "../../printable.ts";
import { counted } from "../../text_table.ts";
import { type ChannelGroup, type ChannelGroups, channelGroups } from "../channel_groups.ts";
import { lamp } from "../criteria/lamp.ts";
import { criterionOf } from "../criteria/table.ts";
import { ONLY_CHANNELS, requireKinds } from "../kinds.ts";
import { type ChannelBlocks, PORTABLE_BLOCKS, requireBlocks } from "../latency/channel_blocks.ts";
import { type PlannedGroup, PruningPlan } from "../pruning_plan.ts";
import { checksum } from "../removal.ts";
import { type Costs, costsOfGroups } from "./cost.ts";
import { bytesBefore, costsOf } from "./model_costs.ts";
import { type CostPlanOptions, ignoredGroups, requireSettings, targetOf } from "./options.ts";
import { OutOfReachError } from "./out_of_reach.ts";
import { realCosts } from "./real_costs.ts";
import { leastOf, removalOrder } from "./removal_order.ts";
import { type RemovalResult, removeAll, removeUntilBudget } from "./remove_until_budget.ts";
import {
  type Level,
  levelsOf,
  type Multiples,
  type RoundedTogether,
  roundedTogether,
} from "./round_widths.ts";
import { scoreChannels } from "./score_channels.ts";
import { type Followed, mostWithin, toGoal } from "./to_goal.ts";

/**
 * Decides what goes: the least important channels, until the target is met.
 *
 * The order does not depend on the target, so asking for more never leaves a bigger model. What is kept is at
 * most the target, and closer to it than `roundTo` of the smallest channels (a block of 16, or the parts of
 * one that the target needs), as long as their group has enough of them to give.
 *
 * @throws RangeError where the target is no fraction in (0, 1], or out of reach (naming the bound), or the
 * criterion is unknown
 * @throws TypeError where a criterion does not give one finite number per channel, or `ignore` names nothing
 */
export function planForCost(model: Model, options: CostPlanOptions): PruningPlan {
  const { target, criterion = "group-l2", scope = "global", roundTo = "auto" } = options;
  const { ignore = [], maxPruned = 1, seed = 0, inputShapes = {} } = options;
  const kinds = requireKinds(options.kinds ?? ONLY_CHANNELS, "plan");
  const [kind, fraction] = targetOf(target);
  const blocks = blocksOf(roundTo);
  requireSettings(model, { scope, roundTo, maxPruned, seed, inputShapes });
  const rank = criterionOf(criterion, { seed });
  const groups = channelGroups(model, kinds);
  const ignored = ignoredGroups(groups, ignore);
  const leastIn = ({ channels, least }: ChannelGroup) => Math.max(least, leastOf(channels, maxPruned));
  const candidates = groups.prunable.filter(({ id, kind }) => !ignored.has(id) && kinds.includes(kind));
  const { odd, together } = blocks ? APART : roundedTogether(groups, {
    roundTo: roundTo as number,
    candidates: candidates.map(({ id }) => id),
    mayKeep: (group, kept) => kept >= leastIn(group),
  });
  const importance = new Map<number, Float64Array>();
  const scoring = { normalize: scope === "global" && rank !== lamp, named: typeof criterion === "string" };
  for (const group of candidates) {
    if (!odd.has(group.id)) importance.set(group.id, scoreChannels(rank, group, groups, scoring));
  }
  const open = costsOfGroups(groups, inputShapes, kind);
  const { now, repeated } = open();
  const counted = { macs: now.macs, parameters: now.parameters - repeated.parameters };
  const before: Costs = {
    ...groups.folded ? costsOf(model, inputShapes, kind) : counted,
    bytes: bytesBefore(model),
  };
  const goal = fraction === 1 ? Math.max(now[kind], before[kind]) : mostWithin(fraction, before[kind]);
  const stepsIn = (multiplesOf: Multiples) =>
    removalOrder(importance, {
      scope,
      multiplesOf,
      together,
      maxPruned,
      least: (id) => groups.groups[id]!.least,
    });
  const told = (result: RemovalResult): Followed => {
    const channels = result.removed.values().some((channels) => channels.length > 0);
    return {
      ...result,
      kept: result.after,
      after: channels ? realCosts({ model, groups }, result, inputShapes, kind) : before,
    };
  };
  const follow = ({ multiplesOf }: Level): Followed => {
    const steps = stepsIn(multiplesOf);
    const least = removeAll(steps, open).after[kind];
    return toGoal(goal, least, kind, (aim) => told(removeUntilBudget(steps, open, kind, aim)));
  };
  const levels = levelsOf(groups, blocks ?? (roundTo as number));
  const endOf = ({ multiplesOf }: Level) => removeAll(stepsIn(multiplesOf), open);
  // Costs that coarser steps lead to lie above those that need finer ones: asking for more never leaves more.
  const last = levels.length - 1;
  let level = 0;
  while (level < last && endOf(levels[level]!).after[kind] > goal) level++;
  let { removed, after } = follow(levels[level]!);
  while (level < last && after[kind] > goal) ({ removed, after } = follow(levels[++level]!));
  const { multiple } = levels[level]!;
  const why = ({ id, protectedBy }: ChannelGroup) =>
    protectedBy.length > 0
      ? protectedBy
      : [ignored.has(id) ? "it is to be ignored" : odd.get(id) ?? `only ${kinds.join(" and ")} are to go`];
  const kept = groups.groups.filter(({ id }) => !importance.has(id)).map((group) => ({
    name: group.name,
    channels: group.channels,
    why: why(group),
  }));
  if (after[kind] > goal && importance.size === 0) throw nothingToGo(kind, fraction, kept);
  if (after[kind] > goal) throw outOfReach([kind, fraction], multiple, after[kind] / before[kind]);
  return new PruningPlan({
    target,
    kinds,
    groups: plannedGroups(groups, importance, removed),
    protected: kept,
    boundaries: groups.boundaries,
    uncounted: uncountedIn(groups.model),
    before,
    after,
    reachable: told(endOf(levels[last]!)).after,
    multiple,
    checksum: checksum(groups),
  });
}

/** The groups that were ranked, and what leaves of each. */
function plannedGroups(
  { groups }: ChannelGroups,
  importance: ReadonlyMap<number, Float64Array>,
  removed: RemovalResult["removed"],
): PlannedGroup[] {
  return [...importance].map(([id, importance]) => {
    const { name, kind, members, channels } = groups[id]!;
    const gone = (removed.get(id) ?? []).toSorted((a, b) => a - b);
    return withoutUndefined({ id, name, kind, members, channels, removed: gone, importance });
  });
}

/** Blocks that widths are rounded to, where they are rounded by themselves or by what was measured. */
function blocksOf(roundTo: Chosen<CostPlanOptions>["roundTo"]): ChannelBlocks | undefined {
  if (roundTo === "auto") return PORTABLE_BLOCKS;
  return typeof roundTo === "object" ? requireBlocks(roundTo) : undefined;
}

/** The error where no group may lose anything: the widest of them, and why it stays. */
function nothingToGo(kind: string, fraction: number, kept: PruningPlan["protected"]): OutOfReachError {
  const [widest, ...others] = kept.toSorted((a, b) => b.channels - a.channels);
  const why = widest ? `: of ${quoted(widest.name)} ${widest.channels} stay, ${widest.why[0]}` : "";
  const more = others.length > 0 ? `, and ${counted(others.length, "group")} beside it for such reasons` : "";
  return new OutOfReachError(
    [fraction, 1],
    (asked) => `Cannot keep only ${asked} of ${kind}: nothing may go${why}${more}`,
  );
}

function outOfReach(
  [kind, fraction]: readonly [string, number],
  multiple: number,
  left: number,
): OutOfReachError {
  const widths = multiple > 1 ? ` with widths in multiples of ${multiple}` : "";
  return new OutOfReachError(
    [fraction, left],
    (asked, least) =>
      `Cannot keep only ${asked} of ${kind}: the most that can go${widths} leaves ${least}; ask for that, or look ` +
      "at what is protected",
  );
}

/** Parts of blocks fit next to anything. */
const APART: RoundedTogether = { odd: new Map(), together: [] };
