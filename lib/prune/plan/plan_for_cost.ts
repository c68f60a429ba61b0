import { type Chosen, withoutUndefined } from "../../options.ts";
import { uncountedIn } from "../../onnx/count_macs.ts";
import type { Model } from "../../onnx/model.ts";
import { quoted } from "../../printable.ts";
import { counted } from "../../amounts.ts";
import { type ChannelGroup, type ChannelGroups, channelGroups } from "../channel_groups.ts";
import { lamp } from "../criteria/lamp.ts";
import { criterionOf } from "../criteria/table.ts";
import { titleOf } from "../channels/group_title.ts";
import { kindsText, ONLY_CHANNELS, requireKinds } from "../kinds.ts";
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
import { type Level, levelsOf, type RoundedTogether, roundedTogether } from "./round_widths.ts";
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
  const settings = completeSettings(model, options);
  const { target, cost, fraction, kinds, groups, roundTo, inputShapes } = settings;
  const { importance, together, whole } = rankGroups(settings);
  const open = costsOfGroups(groups, inputShapes, cost);
  const { now, repeated } = open();
  const counted = { macs: now.macs, parameters: now.parameters - repeated.parameters };
  const before: Costs = {
    ...groups.folded ? costsOf(model, inputShapes, cost) : counted,
    bytes: bytesBefore(model),
  };
  const goal = fraction === 1 ? Math.max(now[cost], before[cost]) : mostWithin(fraction, before[cost]);
  const stepsIn = ({ multiplesOf }: Level) =>
    removalOrder(importance, {
      scope: settings.scope,
      multiplesOf,
      together,
      maxPruned: settings.maxPruned,
      least: (id) => groups.groups[id]!.least,
    });
  const told = (result: RemovalResult): Followed => {
    const channels = result.removed.values().some((channels) => channels.length > 0);
    return {
      ...result,
      kept: result.after,
      after: channels ? realCosts({ model, groups }, result, inputShapes, cost) : before,
    };
  };
  const levels = levelsOf(groups, roundTo);
  const endOf = (level: Level) => removeAll(stepsIn(level), open);
  const { removed, after, multiple } = followLevels(levels, {
    reaches: (level) => endOf(level).after[cost] <= goal,
    follow(level) {
      const steps = stepsIn(level);
      const least = removeAll(steps, open).after[cost];
      return toGoal(goal, least, cost, (aim) => told(removeUntilBudget(steps, open, cost, aim)));
    },
    meets: ({ after }) => after[cost] <= goal,
  });
  if (after[cost] > goal && importance.size === 0) throw nothingToGo(cost, fraction, whole);
  if (after[cost] > goal) throw outOfReach([cost, fraction], multiple, after[cost] / before[cost]);
  return new PruningPlan({
    target,
    kinds,
    groups: plannedGroups(groups, importance, removed),
    protected: whole,
    boundaries: groups.boundaries,
    uncounted: uncountedIn(groups.model),
    before,
    after,
    reachable: told(endOf(levels.at(-1)!)).after,
    multiple,
    checksum: checksum(groups),
  });
}

/** All settings of a plan, with what they say by default, and what they mean for a model. */
interface Settings extends Omit<Chosen<CostPlanOptions>, "roundTo" | "ignore"> {
  /** The cost that the target is about. */
  cost: keyof Costs;
  /** What is to be left of it. */
  fraction: number;
  /** Widths in blocks, or in multiples of a number. */
  roundTo: number | ChannelBlocks;
  /** What may go, as kinds say. */
  groups: ChannelGroups;
  /** Ids of groups that stay whole. */
  ignored: ReadonlySet<number>;
}

/**
 * Settings, looked at: all that can be wrong with them before channels are ranked.
 *
 * @throws RangeError, TypeError where one is out of bounds, or names what is nowhere
 */
export function completeSettings(model: Model, options: CostPlanOptions): Settings {
  const { target, criterion = "group-l2", scope = "global", roundTo = "auto" } = options;
  const { ignore = [], maxPruned = 1, seed = 0, inputShapes = {} } = options;
  const kinds = requireKinds(options.kinds ?? ONLY_CHANNELS, "plan");
  requireSettings(model, { scope, roundTo, maxPruned, seed, inputShapes });
  const [cost, fraction] = targetOf(target);
  const groups = channelGroups(model, kinds);
  return {
    target,
    cost,
    fraction,
    criterion,
    scope,
    roundTo: widthsOf(roundTo),
    kinds,
    groups,
    ignored: ignoredGroups(groups, ignore),
    maxPruned,
    seed,
    inputShapes,
  };
}

/** What widths are rounded to: blocks that suit all engines where nothing was asked for. */
function widthsOf(roundTo: Chosen<CostPlanOptions>["roundTo"]): Settings["roundTo"] {
  if (roundTo === "auto") return PORTABLE_BLOCKS;
  return typeof roundTo === "object" ? requireBlocks(roundTo) : roundTo;
}

/** Groups that may lose something, and those that stay whole. */
interface RankedGroups extends Pick<RoundedTogether, "together"> {
  /** Importance of each channel, by groups that may lose some. */
  importance: Map<number, Float64Array>;
  /** The groups that stay whole, and why. */
  whole: PruningPlan["protected"];
}

function rankGroups(
  { groups, ignored, criterion, scope, roundTo, kinds, maxPruned, seed }: Settings,
): RankedGroups {
  const rank = criterionOf(criterion, { seed });
  const leastIn = ({ channels, least }: ChannelGroup) => Math.max(least, leastOf(channels, maxPruned));
  const candidates = groups.prunable.filter(({ id, kind }) => !ignored.has(id) && kinds.includes(kind));
  const { odd, together } = typeof roundTo === "object" ? APART : roundedTogether(groups, {
    roundTo,
    candidates: candidates.map(({ id }) => id),
    mayKeep: (group, kept) => kept >= leastIn(group),
  });
  const scoring = { normalize: scope === "global" && rank !== lamp, named: typeof criterion === "string" };
  const importance = new Map(
    candidates.filter(({ id }) => !odd.has(id))
      .map((group) => [group.id, scoreChannels(rank, group, groups, scoring)]),
  );
  const why = ({ id, protectedBy }: ChannelGroup) =>
    protectedBy.length > 0
      ? protectedBy
      : [ignored.has(id) ? "it is to be ignored" : odd.get(id) ?? `only ${kindsText(kinds)} are to go`];
  const whole = groups.groups.filter(({ id }) => !importance.has(id)).map((group) =>
    withoutUndefined({ name: group.name, layer: group.layer, channels: group.channels, why: why(group) })
  );
  return { importance, together, whole };
}

/** Blocks fit next to anything. */
const APART: RoundedTogether = { odd: new Map(), together: [] };

/**
 * The removal in the coarsest steps that meet the goal, or in the finest. Costs that coarser steps lead to
 * lie above those that need finer ones: asking for more never leaves more.
 */
function followLevels(
  levels: readonly Level[],
  { reaches, follow, meets }: {
    /** Whether the goal is met where all goes that may. */
    reaches: (level: Level) => boolean;
    follow: (level: Level) => Followed;
    meets: (followed: Followed) => boolean;
  },
): Followed & Pick<Level, "multiple"> {
  const last = levels.at(-1)!;
  for (const level of levels.slice(0, -1)) {
    const followed = reaches(level) ? follow(level) : undefined;
    if (followed && meets(followed)) return { ...followed, multiple: level.multiple };
  }
  return { ...follow(last), multiple: last.multiple };
}

/** The groups that were ranked, and what leaves of each. */
function plannedGroups(
  { groups }: ChannelGroups,
  importance: ReadonlyMap<number, Float64Array>,
  removed: RemovalResult["removed"],
): PlannedGroup[] {
  return [...importance].map(([id, importance]) => {
    const { name, layer, kind, members, channels } = groups[id]!;
    const gone = (removed.get(id) ?? []).toSorted((a, b) => a - b);
    return withoutUndefined({ id, name, layer, kind, members, channels, removed: gone, importance });
  });
}

/** The error where no group may lose anything: the widest of them, and why it stays. */
function nothingToGo(cost: string, fraction: number, kept: PruningPlan["protected"]): OutOfReachError {
  const [widest, ...others] = kept.toSorted((a, b) => b.channels - a.channels);
  const why = widest ? `: of ${quoted(titleOf(widest))} ${widest.channels} stay, ${widest.why[0]}` : "";
  const more = others.length > 0 ? `, and ${counted(others.length, "group")} beside it for such reasons` : "";
  return new OutOfReachError(
    [fraction, 1],
    (asked) => `Cannot keep only ${asked} of ${cost}: nothing may go${why}${more}`,
  );
}

function outOfReach(
  [cost, fraction]: readonly [string, number],
  multiple: number,
  left: number,
): OutOfReachError {
  const widths = multiple > 1 ? ` with widths in multiples of ${multiple}` : "";
  return new OutOfReachError(
    [fraction, left],
    (asked, least) =>
      `Cannot keep only ${asked} of ${cost}: the most that can go${widths} leaves ${least}; ask for that, or look ` +
      "at what is protected",
  );
}
