import assert from "node:assert/strict";
import { Tensor } from "../../lib/deps.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import type { Shape } from "../../lib/onnx/dim.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { sizeOf } from "../../lib/onnx/tensor.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { openLedger } from "../../lib/prune/cost.ts";
import { mask } from "../../lib/prune/mask.ts";
import { type PlannedGroup, planPruning, PruningPlan } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "../onnx/run_native.ts";

/** Normal numbers for the float32 inputs of a model, at the given sizes. */
export function normalFeeds(inputShapes: Readonly<Record<string, Shape>>): Record<string, Tensor> {
  const random = seededRandom(9);
  return Object.fromEntries(
    Object.entries(inputShapes).map(([name, shape]) => {
      const data = Float32Array.from({ length: sizeOf(shape as number[]) }, () => random.normal());
      return [name, new Tensor("float32", data, shape as number[])];
    }),
  );
}

/** Plans that remove one channel of one group, for every channel that may leave; and one that halves every group. */
export function* removals(
  model: Model,
  inputShapes: Readonly<Record<string, Shape>>,
): Generator<[PruningPlan, what: string]> {
  const whole = planPruning(model, { target: { macs: 1 }, criterion: "l1", inputShapes });
  const without = (removed: (group: PlannedGroup) => number[]) =>
    new PruningPlan({
      ...whole,
      groups: whole.groups.map((group) => ({ ...group, removed: removed(group) })),
    });
  for (const { id, channels } of whole.groups) {
    for (let channel = 0; channel < channels; channel++) {
      yield [without((group) => group.id === id ? [channel] : []), `group ${id} without channel ${channel}`];
    }
  }
  const everySecond = ({ channels }: PlannedGroup) =>
    Array.from({ length: channels >> 1 }, (_, i) => 2 * i + 1);
  if (whole.groups.some(({ channels }) => channels > 3)) yield [without(everySecond), "halved"];
}

/**
 * Prunes, and fails unless the result runs, gives the shapes and numbers of the masked original, and costs what was
 * foretold.
 *
 * @returns the pruned model
 */
export async function assertEqualsMask(
  model: Model,
  plan: PruningPlan,
  feeds: Record<string, Tensor>,
  inputShapes: Readonly<Record<string, Shape>>,
  what: string,
): Promise<Model> {
  const pruned = prune(model, plan);
  const [masked, small] = [await runNative(mask(model, plan), feeds), await runNative(pruned, feeds)];
  for (const [name, { dims, data }] of Object.entries(masked)) {
    assert.deepEqual(small[name]!.dims, dims, `${what}: the shape of "${name}" changed`);
    assertClose(
      small[name]!.data as Float32Array,
      data as Float32Array,
      REORDERED_FLOAT32,
      `${what}: "${name}"`,
    );
  }
  const ledger = openLedger(channelGroups(model), inputShapes);
  for (const { id, removed } of plan.groups) for (const channel of removed) ledger.remove(id, channel);
  const [counted, planned] = [countMacs(pruned, { inputShapes }), ledger.now];
  assert.equal(counted.macs, planned.macs, `${what}: MACs counted and planned`);
  assert.equal(counted.parameters, planned.parameters, `${what}: parameters counted and planned`);
  return pruned;
}
