import assert from "node:assert/strict";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import type { Shape } from "../../lib/onnx/dim.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { openLedger } from "../../lib/prune/cost.ts";
import { mask } from "../../lib/prune/mask.ts";
import { planPruning, PruningPlan } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "../onnx/run_native.ts";

/** A plan that removes one channel. */
function planOf(
  model: Model,
  id: number,
  channel: number,
  inputShapes: Record<string, Shape>,
): PruningPlan {
  const plan = planPruning(model, { target: { parameters: 1 }, criterion: "l1", inputShapes });
  return new PruningPlan({
    ...plan,
    groups: plan.groups.map((group) => group.id === id ? { ...group, removed: [channel] } : group),
  });
}

/** The pruned model gives what the masked one gives, in tensors of the same shapes. */
export async function assertEqualsMask(
  model: Model,
  plan: PruningPlan,
  feeds: Record<string, Tensor>,
  what: string,
): Promise<Model> {
  const pruned = prune(model, plan);
  const [small, masked] = [await runNative(pruned, feeds), await runNative(mask(model, plan), feeds)];
  for (const output of model.graph.outputs) {
    assert.deepEqual(small[output]!.dims, masked[output]!.dims, what);
    assertClose(
      small[output]!.data as Float32Array,
      masked[output]!.data as Float32Array,
      REORDERED_FLOAT32,
      what,
    );
  }
  return pruned;
}

/** Removes every channel that may leave, one at a time: the model then equals its mask, at the cost foretold. */
export async function assertEachChannelAlone(model: Model, feeds: Record<string, Tensor>): Promise<void> {
  const groups = channelGroups(model);
  const inputShapes = Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, [...dims]]));
  for (const { id, channels } of groups.prunable) {
    if (channels === 1) continue;
    for (let channel = 0; channel < channels; channel++) {
      const plan = planOf(model, id, channel, inputShapes);
      const pruned = await assertEqualsMask(model, plan, feeds, `group ${id} without channel ${channel}`);
      const { macs, parameters } = openLedger(groups, inputShapes).remove(id, channel);
      const cost = countMacs(pruned, { inputShapes });
      assert.deepEqual([cost.macs, cost.parameters], [macs, parameters]);
    }
  }
}
