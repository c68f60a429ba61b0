import assert from "node:assert/strict";
import { Tensor } from "../../lib/deps.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import type { Shape } from "../../lib/onnx/dim.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { sizeOf } from "../../lib/onnx/tensor.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { openLedger } from "../../lib/prune/cost.ts";
import { mask } from "../../lib/prune/mask.ts";
import { planPruning, PruningPlan } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "../onnx/run_native.ts";

/** Channels to remove, by the id of their group. */
export type Removed = ReadonlyMap<number, readonly number[]>;

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

/** Every way to remove one channel of one group that may lose it, and one way to remove half of every group. */
export function* removals(model: Model): Generator<[Removed, what: string]> {
  const { prunable } = channelGroups(model);
  for (const { id, channels } of prunable) {
    for (let channel = 0; channels > 1 && channel < channels; channel++) {
      yield [new Map([[id, [channel]]]), `group ${id} without channel ${channel}`];
    }
  }
  const half = prunable.map(({ id, channels }) =>
    [id, Array.from({ length: channels >> 1 }, (_, i) => 2 * i + (id & 1))] as const
  );
  if (half.some(([_, list]) => list.length > 1) || half.length > 1) {
    yield [new Map(half), "every second channel gone"];
  }
}

/**
 * Prunes by hand and fails unless the result runs, gives the shapes and numbers of the masked original, and costs what
 * the ledger foretells.
 *
 * @returns the plan's outcome
 */
export async function assertEqualsMask(
  model: Model,
  removed: Removed,
  feeds: Record<string, Tensor>,
  inputShapes: Readonly<Record<string, Shape>>,
): Promise<Model> {
  const plan = planPruning(model, { target: { macs: 1 }, criterion: "l1", inputShapes });
  return await assertPlanEqualsMask(
    model,
    new PruningPlan({
      ...plan,
      groups: plan.groups.map((group) => ({ ...group, removed: [...removed.get(group.id) ?? []] })),
    }),
    feeds,
    inputShapes,
  );
}

/** The same for a plan. */
export async function assertPlanEqualsMask(
  model: Model,
  plan: PruningPlan,
  feeds: Record<string, Tensor>,
  inputShapes: Readonly<Record<string, Shape>>,
): Promise<Model> {
  const pruned = prune(model, plan);
  const masked = await runNative(mask(model, plan), feeds);
  const small = await runNative(pruned, feeds);
  for (const name of model.graph.outputs) {
    assert.deepEqual(small[name]!.dims, masked[name]!.dims, `shape of ${name}`);
    assertClose(
      small[name]!.data as Float32Array,
      masked[name]!.data as Float32Array,
      REORDERED_FLOAT32,
      name,
    );
  }
  const ledger = openLedger(channelGroups(model), inputShapes);
  for (const { id, removed } of plan.groups) for (const channel of removed) ledger.remove(id, channel);
  const { macs, parameters } = countMacs(pruned, { inputShapes });
  assert.deepEqual(
    { macs, parameters },
    { macs: ledger.now.macs, parameters: ledger.now.parameters },
    "costs",
  );
  return pruned;
}
