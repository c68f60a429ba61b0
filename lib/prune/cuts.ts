import type { Cuts, TensorCut } from "../nn/save_weights.ts";
import type { Model } from "../onnx/model.ts";
import { channelGroups } from "./channel_groups.ts";
import type { PruningPlan } from "./pruning_plan.ts";
import { removalOf } from "./removal.ts";

/**
 * What a plan cuts of each stored tensor: its shape before and after, and which positions stay along each
 * axis. Plain data, which `saveWeights` writes for programs in other languages.
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
  const { keptPositions } = removalOf(groups, plan, "tell the cuts");
  const cuts: Record<string, TensorCut> = {};
  for (const { tensor, axis, labels } of groups.traced.stored) {
    const kept = keptPositions(labels);
    if (!kept) continue;
    const { was, shape, kept: before } = cuts[tensor] ??
      wholeOf(groups.model.graph.initializers.get(tensor)!);
    cuts[tensor] = { was, shape: shape.with(axis, kept.length), kept: { ...before, [axis]: [...kept] } };
  }
  return cuts;
}

const wholeOf = ({ dims }: { dims: readonly number[] }): TensorCut => ({ was: dims, shape: dims, kept: {} });
