import { printable } from "../printable.ts";
import { countOfKind, ONLY_CHANNELS, PRUNABLE_KINDS, type PrunableKind } from "./kinds.ts";
import { titleOf } from "./channels/group_title.ts";
import { counted, percent, threeDigits } from "../amounts.ts";
import type { Boundary } from "./channel_groups.ts";
import type { Costs } from "./plan/cost.ts";
import type { Latency } from "./latency/latency.ts";

/** How much of a counted cost is to be kept, as a fraction in (0, 1] of what the original costs. */
export type CostTarget = { macs: number } | { parameters: number } | { bytes: number };

/**
 * How much of a counted cost is to be kept, as {@linkcode CostTarget} has it, or how much of the median
 * latency is to be kept, as measured.
 */
export type Target = CostTarget | { latency: number };

/** Channels of a group that go, and that stay. */
export interface PlannedGroup {
  /** The group's place among the channel groups. */
  id: number;
  /** After the first tensor that makes its channels. */
  name: string;
  /** Name of the node that reads this tensor, where only an exporter named it: `onnx::Conv_538`. */
  layer?: string;
  /** What its channels are: channels, blocks, experts or rows of a vocabulary. Default "channels". */
  kind?: PrunableKind;
  /** Names of the blocks, where it is of those. */
  members?: readonly string[];
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
  /** Name of the node that reads this tensor, where only an exporter named it: `onnx::Conv_538`. */
  layer?: string;
  /** How many there are. */
  channels: number;
  /** Reasons, for people. */
  why: string[];
}

/** Measurements by which a plan for a latency was chosen. */
export interface PlannedLatency {
  /**
   * Latency of the file that `prune` and `saveModel` will give, as a part of the original's: what to expect.
   * The median over rounds in which both ran.
   */
  ratio: number;
  /** First and third quartile of that part, over the same rounds. */
  quartiles: [number, number];
  /** The original, as measured beside the result. */
  before: Latency;
  /** The result. */
  after: Latency;
  /** Models that were measured in search of it. */
  trials: number;
  /** How long the search took. */
  seconds: number;
}

/** The data of a plan. */
type PlanFields =
  & Pick<
    PruningPlan,
    | "target"
    | "groups"
    | "protected"
    | "boundaries"
    | "before"
    | "after"
    | "reachable"
    | "checksum"
  >
  & {
    uncounted?: readonly string[];
    kinds?: readonly PrunableKind[];
    multiple?: number | undefined;
    latency?: PlannedLatency | undefined;
  };

/**
 * Channels that are going to be removed: plain data, made by {@linkcode planPruning} and carried out by
 * `prune`.
 */
export class PruningPlan {
  /** Target that was asked for. */
  readonly target: Target;
  /** What was allowed to go. */
  readonly kinds: readonly PrunableKind[];
  /** The groups that may lose channels. */
  readonly groups: readonly PlannedGroup[];
  /** The groups that stay whole. */
  readonly protected: readonly ProtectedGroup[];
  /** Operators that nothing is known of. */
  readonly boundaries: readonly Boundary[];
  /** Nodes of operators that nobody knows the cost of, which no cost counts. */
  readonly uncounted: readonly string[];
  /** Costs of the model as it is. */
  readonly before: Costs;
  /** Costs of what will be left, exactly: bytes of the file, as `saveModel` writes it. */
  readonly after: Costs;
  /** Costs of what is left when every group is as small as it may be, exactly as in `after`. */
  readonly reachable: Costs;
  /** Multiple of all widths that change, where a group has so many to spare. */
  readonly multiple: number;
  /** Latency to expect and how it was found, where the target is one. */
  readonly latency: PlannedLatency | undefined;
  /** Tells the groups of one model, and which of them must stay, from those of another. */
  readonly checksum: string;

  /** From its data, by {@linkcode planPruning} or by hand. */
  constructor(fields: PlanFields) {
    this.target = fields.target;
    this.kinds = fields.kinds ?? ONLY_CHANNELS;
    this.groups = fields.groups;
    this.protected = fields.protected;
    this.boundaries = fields.boundaries;
    this.uncounted = fields.uncounted ?? [];
    this.before = fields.before;
    this.after = fields.after;
    this.reachable = fields.reachable;
    this.multiple = fields.multiple ?? 1;
    this.latency = fields.latency;
    this.checksum = fields.checksum;
  }

  /** A few lines for people. */
  toString(): string {
    const partOf = (kind: keyof Costs) => {
      const [before, name] = [this.before[kind], kind === "macs" ? "MACs" : kind];
      if (Number.isNaN(before)) return `an unknown part of ${name}`;
      return before === 0 ? `none of 0 ${name}` : `${percent(this.after[kind] / before)} of ${name}`;
    };
    const removed = this.groups.reduce((n, group) => n + group.removed.length, 0);
    const byKind = Map.groupBy(this.groups, ({ kind }) => kind ?? "channels");
    const counts = PRUNABLE_KINDS.filter((kind) => kind === "channels" || byKind.has(kind)).map((kind) => {
      const groups = byKind.get(kind) ?? [];
      const gone = groups.reduce((n, group) => n + group.removed.length, 0);
      const all = groups.reduce((n, group) => n + group.channels, 0);
      return countOfKind(kind, gone, all) +
        (kind === "channels" ? ` in ${counted(groups.length, "group")}` : "");
    });
    return printable([
      `Keeps ${partOf("macs")}, ${partOf("parameters")}, ${partOf("bytes")}; ` +
      `removes ${counts.join(", ")}` +
      (removed > 0 && this.multiple > 1 ? `, widths in multiples of ${this.multiple}` : ""),
      ...this.latency ? [latencyLine(this.latency)] : [],
      ...this.groups.filter((group) => group.removed.length > 0).map((group) =>
        `${titleOf(group)}: ${group.channels} → ${group.channels - group.removed.length}` +
        (group.members ? `, without ${group.removed.map((i) => group.members![i]).join(", ")}` : "")
      ),
      ...stayingLines(this.protected),
      ...this.boundaries.map(({ node }) => `boundary: ${node}`),
      ...this.uncounted.map((node) => `not counted: ${node}`),
    ].join("\n"));
  }

  /** Text that a terminal shows. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** MIME bundle that a notebook shows. */
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/plain": this.toString() };
  }
}

/**
 * Groups that stay, and why; those of one channel, which have nothing to lose, as a number of them: a
 * depthwise layer has one, of what each filter reads.
 */
export function stayingLines(groups: readonly ProtectedGroup[]): string[] {
  const several = groups.filter(({ channels }) => channels > 1);
  const alone = groups.length - several.length;
  return [
    ...several.map((group) => `${titleOf(group)}: ${group.channels} stay, ${group.why[0]}`),
    ...alone > 0 ? [`${counted(alone, "group")} of one channel ${alone === 1 ? "stays" : "stay"}`] : [],
  ];
}

/** Rounds whose middle half is wider than so much of their median say little of what comes. */
const STEADY = 0.25;

function latencyLine(
  { ratio, quartiles: [low, high], before, after, trials, seconds }: PlannedLatency,
): string {
  const ms = ({ median }: Latency) => `${threeDigits(median)} ms`;
  return `Expect ${ratio.toFixed(2)} of the latency (middle half ${low.toFixed(2)} to ${high.toFixed(2)}): ` +
    `${ms(before)} → ${ms(after)} on ${after.engine}, batch ${after.batch}, ${after.runs} rounds; ` +
    `${trials} models measured in ${seconds.toFixed(0)} s` +
    (high - low > STEADY * ratio ? "; the machine was busy: plan again when it is not" : "");
}
