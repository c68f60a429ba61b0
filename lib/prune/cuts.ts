import type { Cuts, TensorCut } from "../nn/save_weights.ts";
import { weightsOf } from "../nn/weights.ts";
import type { Model } from "../onnx/model.ts";
import { type ChannelGroups, channelGroups } from "./channel_groups.ts";
import { closeGates } from "./channels/gates.ts";
import type { PruningPlan } from "./pruning_plan.ts";
import { type Removal, removalOf } from "./removal.ts";

/**
 * What a plan cuts of each stored tensor: its shape before and after, and which positions stay along each
 * axis; of weights that leave with a whole block or expert, that they do. Plain data, which `saveWeights`
 * writes for programs in other languages.
 *
 * @throws TypeError where the plan was made for another model
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 * import { planPruning } from "./plan.ts";
 *
 * const model = mlp({ sizes: [4, 8, 2] });
 * const cuts = cutsOf(model, planPruning(model, { target: { macs: 0.5 } }));
 * assert.deepEqual(Object.keys(cuts), ["0.weight", "0.bias", "2.weight"]);
 * assert.deepEqual([cuts["2.weight"]!.was, cuts["2.weight"]!.shape], [[2, 8], [2, 4]]);
 * ```
 */
export function cutsOf(model: Model, plan: PruningPlan): Cuts {
  const groups = channelGroups(model, plan?.kinds);
  const removal = removalOf(groups, plan, "tell the cuts");
  const { keptPositions } = removal;
  const cuts: Record<string, TensorCut> = {};
  for (const { tensor, axis, labels } of groups.traced.stored) {
    const kept = keptPositions(labels);
    if (!kept) continue;
    const { was, shape, kept: before } = cuts[tensor] ??
      wholeOf(groups.model.graph.initializers.get(tensor)!);
    cuts[tensor] = { was, shape: shape.with(axis, kept.length), kept: { ...before, [axis]: [...kept] } };
  }
  for (const [name, goneWith] of goneFrom(groups, removal)) {
    cuts[name] = { ...cuts[name] ?? wholeOf(groups.model.graph.initializers.get(name)!), goneWith };
  }
  return cuts;
}

/** The weights of which nothing is left, and whether a whole block or a whole expert took them along. */
function goneFrom(
  { model, traced: { gates, atoms }, groups, groupOf }: ChannelGroups,
  { leaves }: Removal,
): [name: string, goneWith: "blocks" | "experts"][] {
  const closed = gates.filter(({ atom }) => leaves(atom));
  const ofBlocks = closed.filter(({ atom }) => groups[groupOf[atoms.find(atom)]!]!.kind === "blocks");
  const left = closeGates(model, closed).graph.initializers;
  const withoutBlocks = closeGates(model, ofBlocks).graph.initializers;
  return weightsOf(model).filter(({ name }) => !left.has(name)).map(({ name }) => [
    name,
    withoutBlocks.has(name) ? "experts" : "blocks",
  ]);
}

const wholeOf = ({ dims }: { dims: readonly number[] }): TensorCut => ({ was: dims, shape: dims, kept: {} });
