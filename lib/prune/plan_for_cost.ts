import { type Chosen, withoutUndefined } from "../options.ts";
import { RangeError, TypeError } from "../errors.ts";
import { realNumbers } from "./quantized.ts";
import { mean } from "../statistics/describe.ts";
import { quoted } from "../printable.ts";
import { counted } from "../text_table.ts";
import { fileBytes } from "../onnx/codec/encode.ts";
import { parametersOf, uncountedIn } from "../onnx/count_macs.ts";
import type { Shape } from "../onnx/dim.ts";
import type { Model } from "../onnx/model.ts";
import { leastOf, removalOrder } from "./removal_order.ts";
import { type ChannelBlocks, PORTABLE_BLOCKS, requireBlocks } from "./latency/channel_blocks.ts";
import { type ChannelGroup, type ChannelGroups, channelGroups } from "./channel_groups.ts";
import { bytesBefore, type Costs, costsOfGroups, macsOf } from "./cost.ts";
import type { Criterion } from "./criteria/criterion.ts";
import { fpgm } from "./criteria/fpgm.ts";
import { lamp } from "./criteria/lamp.ts";
import { amongAlike, unitsOf } from "./criteria/units.ts";
import { titleOf } from "./channels/group_title.ts";
import { ONLY_CHANNELS, type PrunableKind, requireKinds } from "./kinds.ts";
import { type CriterionName, criterionOf } from "./criteria/table.ts";
import { pruned, removeChannels } from "./prune.ts";
import { OutOfReachError } from "./out_of_reach.ts";
import { type RemovalResult, removeAll, removeUntilBudget } from "./remove_until_budget.ts";
import {
  type Level,
  levelsOf,
  type Multiples,
  type RoundedTogether,
  roundedTogether,
} from "./round_widths.ts";
import { type CostTarget, type PlannedGroup, PruningPlan } from "./pruning_plan.ts";
import { measureAlong } from "./select.ts";
import { checksum, type Removal, removalFrom } from "./removal.ts";

/** Settings of a plan that needs no measuring. */
export interface CostPlanOptions {
  /** Share of the original costs that is to be left. */
  target: CostTarget;
  /** A name, or a function that gives the importance of each channel of a group. Default "group-l2". */
  criterion?: CriterionName | Criterion | undefined;
  /**
   * "global" compares channels of all groups, each importance divided by its group's mean (LAMP's are
   * compared as they are); "layer" takes the same fraction of each group. Default "global".
   */
  scope?: "global" | "layer" | undefined;
  /**
   * Multiple that widths of layers are rounded to, where any of a group goes: of a head of 4 or a norm group
   * of 4 channels, every second stays for a multiple of 8.
   *
   * "auto" takes blocks that suit all engines (16), and parts of them (8, 4, 2, 1) where whole blocks do not
   * reach the target or a group has no whole block to spare; blocks of one engine do alike, see
   * `engineBlocks`. A number holds everywhere: groups along the same axis that are no multiples become some
   * in one step; next to channels that are none and must stay, a group stays whole, and what cannot be
   * reached so is an error. Default "auto".
   */
  roundTo?: number | "auto" | ChannelBlocks | undefined;
  /** Names of tensors whose groups stay whole. */
  ignore?: readonly string[] | undefined;
  /**
   * What may go: "channels" (whole heads among them), "blocks" (residual branches as wholes), "experts" of
   * mixtures, and rows of a "vocabulary", which changes what the model reads and gives: ids of the rows that
   * stay are numbered anew, see `keptIds`. All are compared with one another. Default ["channels"].
   */
  kinds?: readonly PrunableKind[] | undefined;
  /** The largest fraction of a group that may go; at least one channel always stays. Default 1. */
  maxPruned?: number | undefined;
  /** Seed of the criterion "random". Default 0. */
  seed?: number | undefined;
  /** Sizes of inputs whose sizes are not known, to count with. */
  inputShapes?: Readonly<Record<string, Shape>> | undefined;
}

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
    if (!odd.has(group.id)) importance.set(group.id, scores(rank, group, groups, scoring));
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
  const kept = groups.groups.filter(({ id }) => !importance.has(id)).map((group) =>
    withoutUndefined({ name: group.name, layer: group.layer, channels: group.channels, why: why(group) })
  );
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
    const { name, layer, kind, members, channels } = groups[id]!;
    const gone = (removed.get(id) ?? []).toSorted((a, b) => a - b);
    return withoutUndefined({ id, name, layer, kind, members, channels, removed: gone, importance });
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
  const why = widest ? `: of ${quoted(titleOf(widest))} ${widest.channels} stay, ${widest.why[0]}` : "";
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

/** @throws RangeError, TypeError where a setting of a plan is out of bounds */
function requireSettings(
  model: Model,
  { scope, roundTo, maxPruned, seed, inputShapes }: Chosen<
    Pick<CostPlanOptions, "scope" | "roundTo" | "maxPruned" | "seed" | "inputShapes">
  >,
): void {
  if (roundTo !== "auto" && typeof roundTo !== "object" && !(Number.isInteger(roundTo) && roundTo >= 1)) {
    throw new RangeError(
      `Cannot plan with roundTo ${
        JSON.stringify(roundTo)
      }: expected "auto", a whole number of at least 1, or what engineBlocks gives`,
    );
  }
  if (!(typeof maxPruned === "number" && maxPruned >= 0 && maxPruned <= 1)) {
    throw new RangeError(
      `Cannot plan with maxPruned ${JSON.stringify(maxPruned)}: expected a fraction in [0, 1]`,
    );
  }
  if (!Number.isSafeInteger(seed) || seed < 0) {
    const given = typeof seed === "number" ? String(seed) : JSON.stringify(seed);
    throw new RangeError(`Cannot plan with seed ${given}: expected a whole number from 0 to 2⁵³ − 1`);
  }
  if (inputShapes === null || typeof inputShapes !== "object") {
    throw new TypeError(
      `Cannot plan with inputShapes ${
        JSON.stringify(inputShapes)
      }: expected shapes by names of inputs, such ` +
        `as { ${JSON.stringify(model.graph.inputs[0] ?? "input")}: [1, 3, 224, 224] }`,
    );
  }
  if (scope !== "global" && scope !== "layer") {
    throw new RangeError(`Cannot plan with scope "${scope}": expected "global" or "layer"`);
  }
}

/**
 * The largest cost that is at most a fraction of another one. Costs are whole numbers, and products are
 * rounded: 0.7 · 5760 lies below 4032, whose part of 5760 is 0.7.
 */
function mostWithin(fraction: number, before: number): number {
  const below = Math.floor(fraction * before);
  return (below + 1) / before <= fraction ? below + 1 : below;
}

/** Parts of blocks fit next to anything. */
const APART: RoundedTogether = { odd: new Map(), together: [] };

/** Costs of a model as it is, which computes some of its weights. */
function costsOf(
  model: Model,
  inputShapes: Readonly<Record<string, Shape>>,
  wanted: keyof Costs,
): Pick<Costs, "macs" | "parameters"> {
  const macs = macsOf(model, inputShapes, wanted)?.values().reduce((sum, count) => sum + count, 0) ?? NaN;
  return { macs, parameters: parametersOf(model) };
}

/** Costs of what `prune` gives: bytes of its file, with the sizes and indices that are stored anew. */
function realCosts(
  { model, groups }: { model: Model; groups: ChannelGroups },
  { removed, after }: RemovalResult,
  inputShapes: Readonly<Record<string, Shape>>,
  wanted: keyof Costs,
): Costs {
  const gone = groups.groups.map(({ id, channels }) => {
    const flags = new Uint8Array(channels);
    for (const channel of removed.get(id) ?? []) flags[channel] = 1;
    return flags;
  });
  const removal = removalFrom(groups, gone);
  const bytes = fileBytes(withoutRemoved({ model, groups }, removal, measureAlong));
  // What several blocks need and nobody else leaves with the last of them, which no sum over blocks knows.
  if (groups.traced.gates.some(({ atom }) => removal.leaves(atom))) {
    const smaller = withoutRemoved({ model, groups }, removal);
    return { ...costsOf(smaller, inputShapes, wanted), bytes };
  }
  return { ...after, bytes };
}

/** The model that `prune` gives, with what it declares; also where it would refuse to give it. */
function withoutRemoved(
  { model, groups }: { model: Model; groups: ChannelGroups },
  removal: Removal,
  select?: typeof measureAlong,
): Model {
  try {
    return pruned(model, groups, removal, select);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return removeChannels(groups, removal, select);
  }
}

/** Result of following the order to an aim: costs of what is kept alone, and `after` with what is added. */
type Followed = RemovalResult & { kept: Costs };

/**
 * Follows the order until what `prune` gives meets the goal. Where it stores more than what is kept, the aim
 * goes down until the goal is met, and up again by halves while it is; or everything goes.
 */
function toGoal(
  goal: number,
  least: number,
  kind: keyof Costs,
  follow: (aim: number) => Followed,
): Followed {
  let best = follow(goal);
  let missed: number | undefined;
  let aim = goal;
  while (best.after[kind] > goal && best.kept[kind] > least) {
    missed = best.kept[kind];
    aim = missed - (best.after[kind] - goal);
    best = follow(aim);
  }
  if (missed === undefined || best.after[kind] > goal) return best;
  while (missed - aim > Math.max(1, goal / 4096)) {
    const middle = (aim + missed) / 2;
    const trial = follow(middle);
    if (trial.after[kind] <= goal) [aim, best] = [middle, trial];
    else missed = Math.min(middle, trial.kept[kind]);
  }
  return best;
}

function targetOf(target: CostTarget): [keyof Costs, number] {
  const entries = Object.entries(target ?? {});
  const [kind, fraction] = entries[0] ?? [];
  if (entries.length !== 1 || !["macs", "parameters", "bytes"].includes(kind ?? "")) {
    throw new TypeError(
      `Cannot plan for target ${
        JSON.stringify(target)
      }: expected one of { macs }, { parameters }, { bytes } or ` +
        `{ latency }, a fraction to keep`,
    );
  }
  if (!(typeof fraction === "number" && fraction > 0 && fraction <= 1)) {
    throw new RangeError(
      `Cannot keep ${fraction} of ${kind}: expected a fraction greater than 0 and at most 1`,
    );
  }
  return [kind as keyof Costs, fraction];
}

function ignoredGroups({ groups }: ChannelGroups, ignore: readonly string[]): Set<number> {
  if (!Array.isArray(ignore)) {
    throw new TypeError(`Cannot ignore ${JSON.stringify(ignore)}: expected a list of names`);
  }
  const ids = new Set<number>();
  for (const name of ignore) {
    const found = groups.filter((group) =>
      group.name === name || group.slots.some(({ tensor }) => tensor === name)
    );
    if (found.length === 0) {
      throw new TypeError(
        `Cannot ignore ${quoted(name)}: no group has this name or touches a tensor of this name`,
      );
    }
    for (const { id } of found) ids.add(id);
  }
  return ids;
}

function scores(
  rank: Criterion,
  group: ChannelGroups["groups"][number],
  groups: ChannelGroups,
  { normalize, named }: { normalize: boolean; named: boolean },
): Float64Array {
  const tensors = realNumbers(groups.model);
  const units = unitsOf(group, groups);
  if (units && (rank === fpgm || rank === lamp)) {
    throw new TypeError(
      `Cannot rank ${group.kind} by a criterion that compares filters of one layer with one another: take ` +
        `"group-l2", "l1", "l2", "taylor" or "wanda", or a function`,
    );
  }
  const alone = units?.map((unit) => Number(rank(unit, tensors)[0]));
  const given = units && alone
    ? Float64Array.from(group.kind === "blocks" && named ? amongAlike(units, alone, tensors) : alone)
    : Float64Array.from(rank(group, tensors));
  const wrong = given.find((score) => !Number.isFinite(score));
  if (given.length !== group.channels || wrong !== undefined) {
    throw new TypeError(
      `Cannot rank the ${group.channels} channels of group "${group.name}": the criterion gave ` +
        `${
          given.length === group.channels ? wrong : `${given.length} numbers`
        }; expected a finite number for each`,
    );
  }
  const average = mean(given);
  return normalize && average > 0 ? given.map((score) => score / average) : given;
}
