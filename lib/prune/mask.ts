import { consumers } from "../onnx/topology.ts";
import type { Model } from "../onnx/model.ts";
import { channelGroups } from "./channel_groups.ts";
import type { PruningPlan } from "./pruning_plan.ts";
import { storedZero } from "./quantized/stored_zero.ts";
import { maskGates } from "./channels/gates.ts";
import { removalOf } from "./removal.ts";
import { zeroAlong } from "./select.ts";

/**
 * The original model with zeros in place of the channels that a plan removes: what makes them and what reads
 * them. Its outputs are those of the pruned model, to the accuracy of float arithmetic.
 *
 * Statistics, divisors and the like keep their values: a zero there would make infinities. Of whole numbers
 * that stand for floats, the zero point is a zero.
 *
 * @throws TypeError where the plan was made for another model or removes what must stay
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { numbersOf, type Tensor } from "../tensor/tensor.ts";
 * import { mlp } from "../nn/mlp.ts";
 * import { planPruning } from "./plan.ts";
 *
 * const model = mlp({ sizes: [4, 8, 2] });
 * const masked = mask(model, planPruning(model, { target: { macs: 0.5 }, criterion: "l2" }));
 * const bias = masked.graph.initializers.get("0.bias") as Tensor;
 * assert.equal(numbersOf(bias).filter((number) => number === 0).length, 4);
 * ```
 */
export function mask(model: Model, plan: PruningPlan): Model {
  const groups = channelGroups(model, plan?.kinds);
  const { keptPositions, leaves } = removalOf(groups, plan, "mask");
  const { graph } = groups.model;
  const uses = consumers(graph);
  const initializers = new Map(graph.initializers);
  for (const { tensor, axis, labels } of groups.traced.stored) {
    const kept = keptPositions(labels);
    if (!kept || !groups.traced.zeroable.has(tensor)) continue;
    const stays = new Set(kept);
    const gone = Array.from(labels.keys()).filter((i) => !stays.has(i));
    const zero = storedZero(tensor, graph, uses);
    initializers.set(tensor, zeroAlong(initializers.get(tensor)!, axis, gone, zero));
  }
  const { gates, choices, blocks, scope } = groups.traced;
  return maskGates(groups.model.withGraph({ ...graph, initializers }), {
    gates: gates.filter(({ atom }) => blocks.has(atom)),
    choices,
    leaves,
    typeOf: (name) => scope.values.get(name ?? "")?.type,
  });
}
