import assert from "node:assert/strict";
import { checkPruned } from "../../lib/prune/check_pruned.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";
import { numbers, twoLayers } from "./two_layers.ts";

Deno.test("checkPruned gives the largest difference from the mask, and names an output that differs", async () => {
  const whole = twoLayers();
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

Deno.test("what a rectifier hides on one row is seen on another", async () => {
  const whole = twoLayers(1);
  const plan = planPruning(whole, { target: { macs: 0.5 } });
  const smaller = prune(whole, plan);
  // Of the hidden features that are left, each wrong in turn: some are below zero on the first row.
  for (let feature = 0; feature < smaller.graph.initializers.get("a")!.dims[1]!; feature++) {
    const wrong = new Map(smaller.graph.initializers);
    const b = (wrong.get("b") as Tensor).data.slice() as Float32Array;
    b.fill(9, 4 * feature, 4 * feature + 4);
    wrong.set("b", float32(b, [b.length / 4, 4]));
    const broken = smaller.withGraph({ ...smaller.graph, initializers: wrong });
    await assert.rejects(checkPruned(whole, broken, plan), /differs from that of the masked/, `${feature}`);
  }
});
