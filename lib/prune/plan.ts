import type { Tensor } from "../deps.ts";
import type { Shape } from "../onnx/dim.ts";
import type { Model } from "../onnx/model.ts";
import { type Boundary, type ChannelGroups, channelGroups } from "./channel_groups.ts";
import { type CostLedger, type Costs, openLedger } from "./cost.ts";
import type { Criterion } from "./criteria/criterion.ts";
import { type CriterionName, criterionOf } from "./criteria/table.ts";
import { chainOf } from "./chain.ts";
import { fingerprint } from "./removal.ts";

/** How much is to be kept, as a fraction in (0, 1] of what the original costs. */
export type Target = { macs: number } | { parameters: number } | { bytes: number };

/** Settings of {@linkcode planPruning}. */
export interface PlanOptions {
  /** What is to be left. */
  target: Target;
  /** A name, or a function that gives the importance of each channel of a group. */
  criterion: CriterionName | Criterion;
  /**
   * "global" compares channels of all groups, each importance divided by its group's mean (LAMP's are compared
   * as they are); "layer" takes the same fraction of each group. Default "global".
   */
  scope?: "global" | "layer";
  /** Channels kept in a group are a multiple of this, where any of it goes. Default 1. */
  roundTo?: number;
  /** Names of tensors whose groups stay whole. */
  ignore?: readonly string[];
  /** The largest fraction of a group that may go; at least one channel always stays. Default 1. */
  maxPruned?: number;
  /** Seed of the criterion "random". Default 0. */
  seed?: number;
  /** Sizes of inputs whose sizes are not known, to count with. */
  inputShapes?: Readonly<Record<string, Shape>>;
}

/** What happens to a group. */
export interface PlannedGroup {
  /** The group's place among the channel groups. */
  id: number;
  /** After the first tensor that makes its channels. */
  name: string;
  /** How many there are before. */
  channels: number;
  /** Channels that go, ascending. */
  removed: number[];
  /** Importance of each channel, as compared. */
  importance: Float64Array;
}

/** A group that stays, and why. */
export interface ProtectedGroup {
  /** After the first tensor that makes its channels. */
  name: string;
  /** How many there are. */
  channels: number;
  /** Reasons, for people. */
  why: string[];
}

/** The data of a plan. */
type PlanFields = Pick<
  PruningPlan,
  "target" | "groups" | "protected" | "boundaries" | "before" | "after" | "reachable" | "fingerprint"
>;

/** What is going to be removed: plain data, made by {@linkcode planPruning} and carried out by `prune`. */
export class PruningPlan {
  /** What was asked for. */
  readonly target: Target;
  /** The groups that may lose channels. */
  readonly groups: readonly PlannedGroup[];
  /** The groups that stay whole. */
  readonly protected: readonly ProtectedGroup[];
  /** Operators that nothing is known of. */
  readonly boundaries: readonly Boundary[];
  /** Costs of the model as it is. */
  readonly before: Costs;
  /** Costs of what will be left, exactly. */
  readonly after: Costs;
  /** What is left when every group is as small as it may be. */
  readonly reachable: Costs;
  /** Tells the groups of one model from those of another. */
  readonly fingerprint: string;

  /** From its data, by {@linkcode planPruning} or by hand. */
  constructor(fields: PlanFields) {
    this.target = fields.target;
    this.groups = fields.groups;
    this.protected = fields.protected;
    this.boundaries = fields.boundaries;
    this.before = fields.before;
    this.after = fields.after;
    this.reachable = fields.reachable;
    this.fingerprint = fields.fingerprint;
  }

  /** A few lines for people. */
  toString(): string {
    const percent = (kind: keyof Costs) =>
      `${(100 * this.after[kind] / this.before[kind]).toFixed(1)} % of ${kind}`;
    const removed = this.groups.reduce((n, group) => n + group.removed.length, 0);
    const all = this.groups.reduce((n, group) => n + group.channels, 0);
    return [
      `Keeps ${percent("macs")}, ${percent("parameters")}, ${percent("bytes")}; ` +
      `removes ${removed} of ${all} channels in ${this.groups.length} groups`,
      ...this.groups.filter((group) => group.removed.length > 0).map(({ name, channels, removed }) =>
        `${name}: ${channels} → ${channels - removed.length}`
      ),
      ...this.protected.map(({ name, channels, why }) => `${name}: ${channels} stay, ${why[0]}`),
      ...this.boundaries.map(({ node }) => `boundary: ${node}`),
    ].join("\n");
  }

  /** What a terminal shows. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** What a notebook shows. */
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/plain": this.toString() };
  }
}

/**
 * Decides what goes: the least important channels, until the target is met.
 *
 * The order does not depend on the target, so asking for more never leaves a bigger model. What is kept is at
 * most the target, and closer to it than the smallest channel that could still leave (with `roundTo`, that many
 * channels).
 *
 * @throws RangeError where the target is no fraction in (0, 1], or out of reach (naming the bound), or the
 * criterion is unknown
 * @throws TypeError where a criterion does not give one number per channel, or `ignore` names nothing
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 *
 * const plan = planPruning(mlp({ sizes: [4, 8, 2] }), { target: { macs: 0.5 }, criterion: "l2" });
 * assert.deepEqual([plan.before.macs, plan.after.macs], [48, 24]);
 * assert.equal(plan.groups[0]!.removed.length, 4);
 * assert.ok(plan.protected.some(({ why }) => why[0] === '"logits" is an output of the graph'));
 * ```
 */
export function planPruning(model: Model, options: PlanOptions): PruningPlan {
  const { target, criterion, scope = "global", roundTo = 1, ignore = [], maxPruned = 1, seed = 0 } = options;
  const { inputShapes = {} } = options;
  const [kind, fraction] = targetOf(target);
  if (!Number.isInteger(roundTo) || roundTo < 1) {
    throw new RangeError(`Cannot plan with roundTo ${roundTo}: expected a whole number of at least 1`);
  }
  if (!(maxPruned >= 0 && maxPruned <= 1)) {
    throw new RangeError(`Cannot plan with maxPruned ${maxPruned}: expected a fraction in [0, 1]`);
  }
  if (scope !== "global" && scope !== "layer") {
    throw new RangeError(`Cannot plan with scope "${scope}": expected "global" or "layer"`);
  }
  const rank = criterionOf(criterion, { seed });
  const groups = channelGroups(model);
  const ignored = ignoredGroups(groups, ignore);
  const importance = new Map<number, Float64Array>();
  for (const group of groups.prunable) {
    if (ignored.has(group.id)) continue;
    importance.set(group.id, scores(rank, group, groups, scope === "global" && criterion !== "lamp"));
  }
  const open = () => openLedger(groups, inputShapes);
  const steps = chainOf(importance, { scope, roundTo, maxPruned });
  const before = open().now;
  const goal = fraction * before[kind];
  const { removed, after, reachable } = follow(steps, open, kind, goal);
  if (after[kind] > goal) {
    throw new RangeError(
      `Cannot keep only ${fraction} of ${kind}: the most that can go leaves ` +
        `${(Math.ceil(1e6 * reachable[kind] / before[kind]) /
          1e6)}; ask for that, or look at what is protected`,
    );
  }
  const stays = groups.groups.filter(({ id }) => !importance.has(id));
  return new PruningPlan({
    target,
    groups: [...importance].map(([id, importance]) => {
      const { name, channels } = groups.groups[id]!;
      return { id, name, channels, removed: (removed.get(id) ?? []).sort((a, b) => a - b), importance };
    }),
    protected: stays.map(({ name, channels, protectedBy }) => ({
      name,
      channels,
      why: protectedBy.length ? protectedBy : ["it is to be ignored"],
    })),
    boundaries: groups.boundaries,
    before,
    after,
    reachable,
    fingerprint: fingerprint(groups),
  });
}

function targetOf(target: Target): [keyof Costs, number] {
  const entries = Object.entries(target ?? {});
  const [kind, fraction] = entries[0] ?? [];
  if (entries.length !== 1 || !["macs", "parameters", "bytes"].includes(kind ?? "")) {
    throw new TypeError(
      `Cannot plan for target ${
        JSON.stringify(target)
      }: expected one of { macs }, { parameters } or { bytes }, ` +
        `a fraction to keep`,
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
  const ids = new Set<number>();
  for (const name of ignore) {
    const found = groups.filter((group) =>
      group.name === name || group.slots.some(({ tensor }) => tensor === name)
    );
    if (found.length === 0) {
      throw new TypeError(`Cannot ignore "${name}": no group has this name or touches a tensor of this name`);
    }
    for (const { id } of found) ids.add(id);
  }
  return ids;
}

function scores(
  rank: Criterion,
  group: ChannelGroups["groups"][number],
  { model }: ChannelGroups,
  normalize: boolean,
): Float64Array {
  const given = Float64Array.from(rank(group, model.graph.initializers as ReadonlyMap<string, Tensor>));
  if (given.length !== group.channels || given.some(Number.isNaN)) {
    throw new TypeError(
      `Cannot rank the ${group.channels} channels of group "${group.name}": the criterion gave ` +
        (given.length === group.channels ? "NaN" : `${given.length} numbers`),
    );
  }
  const mean = given.reduce((a, b) => a + b, 0) / given.length;
  return normalize && mean > 0 ? given.map((score) => score / mean) : given;
}

interface Removed {
  removed: Map<number, number[]>;
  after: Costs;
  reachable: Costs;
}

/**
 * Takes steps in order while what is left stays above the goal. Where one would go below it, smaller steps from
 * further on fill the gap first, always the smallest there is: the sequence of costs is the same for every goal.
 */
function follow(
  steps: ReturnType<typeof chainOf>,
  open: () => CostLedger,
  kind: keyof Costs,
  goal: number,
): Removed {
  const full = open();
  for (const queue of steps.queues.values()) {
    for (const step of queue) for (const channel of step) full.remove(steps.groupOf(step), channel);
  }
  const reachable = full.now;
  const ledger = open();
  const removed = new Map<number, number[]>();
  const apply = (id: number, channels: readonly number[]) => {
    for (const channel of channels) ledger.remove(id, channel);
    removed.set(id, [...removed.get(id) ?? [], ...channels]);
  };
  const heads = new Map([...steps.queues.keys()].map((id) => [id, 0]));
  if (ledger.now[kind] <= goal) return { removed, after: ledger.now, reachable };
  const costAfter = (id: number) => {
    const step = steps.queues.get(id)![heads.get(id)!];
    return step && ledger.without(id, step)[kind];
  };
  const take = (id: number) => {
    apply(id, steps.queues.get(id)![heads.get(id)!]!);
    heads.set(id, heads.get(id)! + 1);
  };
  /** Small steps from here towards `floor`, the same ones whatever the goal; then the step that leads to it. */
  const fillGap = (id: number, floor: number) => {
    const filled: number[] = [];
    while (ledger.now[kind] > goal) {
      let best: number | undefined;
      let cost = floor;
      for (const other of steps.queues.keys()) {
        const after = costAfter(other);
        if (after !== undefined && after < ledger.now[kind] && after > cost) [best, cost] = [other, after];
      }
      if (best === undefined) {
        for (const other of filled.reverse()) {
          heads.set(other, heads.get(other)! - 1);
          const step = steps.queues.get(other)![heads.get(other)!]!;
          ledger.restore(other, step);
          removed.set(other, removed.get(other)!.slice(0, -step.length));
        }
        return take(id);
      }
      take(best);
      filled.push(best);
    }
  };
  for (const { id } of steps.order) {
    if (ledger.now[kind] <= goal) break;
    const next = costAfter(id)!;
    if (next > goal) {
      take(id);
      continue;
    }
    fillGap(id, next);
  }
  return { removed, after: ledger.now, reachable };
}
