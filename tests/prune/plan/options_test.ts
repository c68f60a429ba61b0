import assert from "node:assert/strict";
import { mlp } from "../../../lib/nn/mlp.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { ignoredGroups, requireSettings, targetOf } from "../../../lib/prune/plan/options.ts";
import type { CostTarget } from "../../../lib/prune/pruning_plan.ts";

Deno.test("a target is one cost and a fraction of it", () => {
  assert.deepEqual(targetOf({ parameters: 0.25 }), ["parameters", 0.25]);
  for (const target of [{}, undefined, { macs: 0.5, bytes: 0.5 }, { flops: 0.5 }]) {
    assert.throws(() => targetOf(target as CostTarget), /TypeError: .*one of \{ macs \}/);
  }
  for (const macs of [0, 1.01, NaN, "1"]) {
    assert.throws(
      () => targetOf({ macs } as CostTarget),
      /RangeError: .*expected a number above 0, at most 1/,
    );
  }
});

Deno.test("a group is ignored by its name, or by that of any tensor that it touches", () => {
  const groups = channelGroups(mlp({ sizes: [4, 8, 6, 2] }));
  const [first, second] = groups.prunable.map(({ id }) => id);
  assert.deepEqual(ignoredGroups(groups, ["0.bias"]), new Set([first]));
  // What one layer makes and the next reads: both groups touch the weight between them.
  assert.deepEqual(ignoredGroups(groups, ["2.weight"]), new Set([first, second]));
  assert.deepEqual(ignoredGroups(groups, []), new Set());
  assert.throws(() => ignoredGroups(groups, ["9.weight"]), /TypeError: .*"9.weight": no group has this name/);
});

Deno.test("settings out of bounds are told with the bounds", () => {
  const model = mlp({ sizes: [4, 8, 2] });
  const good = { scope: "global", roundTo: "auto", maxPruned: 1, seed: 0, inputShapes: {} } as const;
  requireSettings(model, good);
  requireSettings(model, { ...good, roundTo: 4, scope: "layer", maxPruned: 0 });
  const wrong: [Partial<Record<keyof typeof good, unknown>>, RegExp][] = [
    [{ roundTo: 0 }, /RangeError: .*roundTo 0: expected "auto", a whole number of at least 1/],
    [{ maxPruned: 1.5 }, /RangeError: .*maxPruned 1\.5: expected a number from 0 to 1/],
    [{ seed: -1 }, /RangeError: .*seed -1: expected a whole number/],
    [{ inputShapes: null }, /TypeError: .*inputShapes null: expected shapes by names of inputs/],
    [{ scope: "all" }, /RangeError: .*scope "all": expected "global" or "layer"/],
  ];
  for (const [setting, message] of wrong) {
    assert.throws(() => requireSettings(model, { ...good, ...setting } as typeof good), message);
  }
});
