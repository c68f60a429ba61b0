import { requireNumbers, SHARE } from "../../bounds.ts";
import { RangeError, TypeError } from "../../errors.ts";
import type { Shape } from "../../onnx/dim.ts";
import type { Model } from "../../onnx/model.ts";
import { type Chosen, requireWords } from "../../options.ts";
import { quoted } from "../../printable.ts";
import type { ChannelGroups } from "../channel_groups.ts";
import type { Criterion } from "../criteria/criterion.ts";
import type { CriterionName } from "../criteria/table.ts";
import type { PrunableKind } from "../kinds.ts";
import type { ChannelBlocks } from "../latency/channel_blocks.ts";
import type { CostTarget } from "../pruning_plan.ts";
import type { Costs } from "./cost.ts";

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

/** @throws RangeError, TypeError where a setting of a plan is out of bounds */
export function requireSettings(
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
  requireNumbers("plan", { maxPruned }, SHARE);
  requireNumbers("plan", { seed }, { whole: true, from: 0 });
  if (inputShapes === null || typeof inputShapes !== "object") {
    throw new TypeError(
      `Cannot plan with inputShapes ${
        JSON.stringify(inputShapes)
      }: expected shapes by names of inputs, such ` +
        `as { ${JSON.stringify(model.graph.inputs[0] ?? "input")}: [1, 3, 224, 224] }`,
    );
  }
  requireWords("plan", { scope }, { scope: { global: true, layer: true } });
}

/**
 * The cost that a target is about, and the fraction of it that is to be left.
 *
 * @throws TypeError where the target is none; RangeError where it is no fraction in (0, 1]
 */
export function targetOf(target: CostTarget): [keyof Costs, number] {
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
  const asked = fraction as number;
  requireNumbers("plan for a target", { [kind!]: asked }, { above: 0, to: 1 });
  return [kind as keyof Costs, asked];
}

/**
 * The fraction of the latency that is to be left.
 *
 * @throws RangeError where it is no fraction in (0, 1]
 */
export function latencyOf({ latency }: { latency: number }): number {
  requireNumbers("plan for a target", { latency }, { above: 0, to: 1 });
  return latency;
}

/**
 * The ids of the groups that have one of these names, or touch a tensor of one.
 *
 * @throws TypeError where it is no list, or a name is nowhere
 */
export function ignoredGroups({ groups }: ChannelGroups, ignore: readonly string[]): Set<number> {
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
