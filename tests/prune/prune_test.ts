import assert from "node:assert/strict";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { PruningPlan } from "../../lib/prune/pruning_plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { twoLayers as model } from "./two_layers.ts";

Deno.test("prune takes the slices of what is removed out of what makes and what reads it", () => {
  const whole = model();
  const plan = planPruning(whole, { target: { macs: 0.5 } });
  const { removed } = plan.groups[0]!;
  const { graph } = prune(whole, plan);
  const numbersOf = (from: typeof graph, name: string) =>
    (from.initializers.get(name) as Tensor).data as Float32Array;
  assert.equal(removed.length, 4);
  const columns = Array.from(numbersOf(whole.graph, "a")).filter((_, i) => !removed.includes(i % 8));
  const rows = Array.from(numbersOf(whole.graph, "b")).filter((_, i) => !removed.includes(Math.floor(i / 4)));
  assert.deepEqual(Array.from(numbersOf(graph, "a")), columns);
  assert.deepEqual(Array.from(numbersOf(graph, "b")), rows);
});

Deno.test("shapes that a file declares are declared after pruning, too", () => {
  const whole = model();
  const smaller = prune(whole, planPruning(whole, { target: { macs: 0.5 } }));
  assert.deepEqual(smaller.graph.values.get("hidden")?.shape, [2, 4]);
});

Deno.test("prune refuses to give a model whose output is not as it was", () => {
  for (const batch of [2, "N"]) {
    const whole = model(batch);
    const last = channelGroups(whole).groups.find(({ channels }) => channels === 4)!;
    last.protectedBy.length = 0; // as a row that says what is not so would leave it
    const plan = planPruning(whole, { target: { macs: 1 } });
    const wrong = new PruningPlan({
      ...plan,
      groups: [{ id: last.id, name: last.name, channels: 4, removed: [1], importance: new Float64Array(4) }],
    });
    assert.throws(() => prune(whole, wrong), {
      message: new RegExp(
        `Cannot prune: output "y" of MatMul.* would be \\[${batch}, 3\\], and was \\[${batch}, 4\\]`,
      ),
    });
  }
});
