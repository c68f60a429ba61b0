import assert from "node:assert/strict";
import { checkPruned } from "../../lib/prune/check_pruned.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { numbers, twoLayers as model } from "./two_layers.ts";

Deno.test("checkPruned gives the largest difference from the mask, and names an output that differs", async () => {
  const whole = model();
  const plan = planPruning(whole, { target: { macs: 0.5 } });
  const smaller = prune(whole, plan);
  assert.ok(await checkPruned(whole, smaller, plan) < 1e-6);
  const other = planPruning(whole, { target: { macs: 0.5 }, criterion: "random", seed: 1 });
  await assert.rejects(
    checkPruned(whole, prune(whole, other), plan),
    /output "y" of MatMul.*differs from that of the masked/,
  );
  const feeds = { x: numbers(2, 3) };
  assert.ok(await checkPruned(whole, smaller, plan, { inputs: feeds }) < 1e-6);
});
