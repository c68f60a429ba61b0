import type { Boundary } from "./channel_groups.ts";
import type { Costs } from "./cost.ts";

/** How much of a counted cost is to be kept, as a fraction in (0, 1] of what the original costs. */
export type CostTarget = { macs: number } | { parameters: number } | { bytes: number };

/**
 * How much of a counted cost is to be kept, as {@linkcode CostTarget} has it, or how much of the median
 * latency is to be kept, as measured.
 */
export type Target = CostTarget | { latency: number };

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
  "target" | "groups" | "protected" | "boundaries" | "before" | "after" | "reachable" | "checksum"
>;

/** What is going to be removed: plain data, made by {@linkcode planPruning} and carried out by `prune`. */
export class PruningPlan {
  /** Target that was asked for. */
  readonly target: Target;
  /** The groups that may lose channels. */
  readonly groups: readonly PlannedGroup[];
  /** The groups that stay whole. */
  readonly protected: readonly ProtectedGroup[];
  /** Operators that nothing is known of. */
  readonly boundaries: readonly Boundary[];
  /** Costs of the model as it is. */
  readonly before: Costs;
  /** Costs of what will be left, exactly: bytes with all that `prune` has to store anew. */
  readonly after: Costs;
  /** What is left when every group is as small as it may be; bytes without what `prune` has to store anew. */
  readonly reachable: Costs;
  /** Tells the groups of one model, and which of them must stay, from those of another. */
  readonly checksum: string;

  /** From its data, by {@linkcode planPruning} or by hand. */
  constructor(fields: PlanFields) {
    this.target = fields.target;
    this.groups = fields.groups;
    this.protected = fields.protected;
    this.boundaries = fields.boundaries;
    this.before = fields.before;
    this.after = fields.after;
    this.reachable = fields.reachable;
    this.checksum = fields.checksum;
  }

  /** A few lines for people. */
  toString(): string {
    const percent = (kind: keyof Costs) =>
      Number.isNaN(this.before[kind])
        ? `an unknown part of ${kind}`
        : `${(100 * this.after[kind] / this.before[kind]).toFixed(1)} % of ${kind}`;
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
