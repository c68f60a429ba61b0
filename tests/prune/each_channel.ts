import assert from "node:assert/strict";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import type { Shape } from "../../lib/onnx/dim.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { parameterNames } from "../../lib/onnx/parameters.ts";
import { allInitializers } from "../../lib/onnx/topology.ts";
import { sizeOf, Tensor } from "../../lib/tensor/tensor.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { costsOfGroups } from "../../lib/prune/plan/cost.ts";
import { mask } from "../../lib/prune/mask.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { type PlannedGroup, PruningPlan } from "../../lib/prune/pruning_plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "../onnx/run_native.ts";

/** Normal numbers for an input "x". */
export function normalFeeds(dims: number[]): { x: Tensor } {
  const random = seededRandom(9);
  const data = Float32Array.from({ length: sizeOf(dims) }, () => random.normal());
  return { x: new Tensor("float32", data, dims) };
}

const shapesOf = (feeds: Record<string, Tensor>): Record<string, Shape> =>
  Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, [...dims]]));

/** Plans that remove one channel of one group, for every channel that may leave, and one that halves all groups. */
export function* removals(
  model: Model,
  feeds: Record<string, Tensor>,
): Generator<[PruningPlan, what: string]> {
  const inputShapes = shapesOf(feeds);
  const whole = planPruning(model, { target: { parameters: 1 }, criterion: "l1", inputShapes });
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

/** The pruned model gives what the masked one gives, in tensors of the same shapes, at the cost foretold. */
export async function assertEqualsMask(
  model: Model,
  plan: PruningPlan,
  feeds: Record<string, Tensor>,
  what: string,
): Promise<Model> {
  const pruned = prune(model, plan);
  const [small, masked] = [await runNative(pruned, feeds), await runNative(mask(model, plan), feeds)];
  for (const output of model.graph.outputs) {
    assert.deepEqual(small[output]!.dims, masked[output]!.dims, `${what}: the shape of "${output}" changed`);
    assertClose(
      small[output]!.data as Float32Array,
      masked[output]!.data as Float32Array,
      REORDERED_FLOAT32,
      `${what}: "${output}"`,
    );
  }
  const inputShapes = shapesOf(feeds);
  const known = !Number.isNaN(plan.before.macs);
  const ledger = costsOfGroups(channelGroups(model), inputShapes, known ? "macs" : "parameters")();
  for (const { id, removed } of plan.groups) for (const channel of removed) ledger.remove(id, channel);
  const planned = ledger.now;
  if (!known) {
    assert.throws(() => countMacs(pruned, { inputShapes }), /only known when it runs/);
    assert.equal(learnedNumbers(pruned), planned.parameters, `${what}: parameters counted and planned`);
    return pruned;
  }
  const counted = countMacs(pruned, { inputShapes });
  assert.equal(counted.macs, planned.macs, `${what}: MACs counted and planned`);
  assert.equal(counted.parameters, planned.parameters, `${what}: parameters counted and planned`);
  return pruned;
}

/** How many learned numbers a model stores. */
function learnedNumbers(model: Model): number {
  const shaped = inferShapes(model);
  const stored = allInitializers(shaped.graph);
  return [...parameterNames(shaped)].reduce((total, name) => total + sizeOf(stored.get(name)!.dims), 0);
}

/** Removes every channel that may leave, one at a time and half of all at once: the model then equals its mask. */
export async function assertEachChannelAlone(model: Model, feeds: Record<string, Tensor>): Promise<void> {
  for (const [plan, what] of removals(model, feeds)) await assertEqualsMask(model, plan, feeds, what);
}
