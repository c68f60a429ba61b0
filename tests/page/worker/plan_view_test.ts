import assert from "node:assert/strict";
import { mlp } from "../../../lib/nn/mlp.ts";
import { planView } from "../../../lib/page/worker/plan_view.ts";
import { planPruning } from "../../../lib/prune/plan.ts";

Deno.test("a plan goes through a message as it is, with the counts of what stays", () => {
  const plan = planPruning(mlp({ sizes: [4, 16, 16, 3] }), { target: { macs: 0.5 } });
  const view = planView(plan);
  assert.deepEqual(structuredClone(view), view);
  assert.deepEqual(
    view.groups.map(({ channels, kept }) => channels - kept),
    plan.groups.map(({ removed }) => removed.length),
  );
  // 4·a + a·b + b·3 of the layers that are left.
  const [a, b] = view.groups.map(({ kept }) => kept) as [number, number];
  assert.equal(view.after.macs, 4 * a + a * b + 3 * b);
  assert.deepEqual([view.before.macs, view.reachable.macs], [368, 8]);
  assert.deepEqual(
    view.protected.map(({ name, channels }) => [name, channels]),
    plan.protected.map(({ name, channels }) => [name, channels]),
  );
  assert.match(view.protected.at(-1)!.why[0]!, /"logits" is an output of the graph/);
});
