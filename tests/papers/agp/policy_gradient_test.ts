import assert from "node:assert/strict";
import { MAIN_TASKS, SIMULATED_WORLD } from "../../../lib/agents/simulation/world.ts";
import { allTopologies } from "../../../lib/agents/topology.ts";
import { policyGradient } from "../../../lib/papers/agp/policy_gradient.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";

Deno.test("links alone are learned: nobody is pruned, and two runs of a seed are one", async () => {
  const [team] = allTopologies(SIMULATED_WORLD.agents.length);
  const best = Object.fromEntries(MAIN_TASKS.map((task) => [task, { team: team!, utility: 1 }]));
  const runtime = await openRuntime({ engine: "native", threads: 1 });
  try {
    const spec = { seed: 2, steps: 2, batch: 4, rate: 0.01 };
    const { row, model } = await policyGradient(spec, best, runtime);
    assert.deepEqual(
      Object.values(row.asked).map((part) => Math.round(1e9 * part) / 1e9),
      SIMULATED_WORLD.agents.map(() => 1),
    );
    assert.deepEqual([row.empty, row.seed, row.steps], [0, 2, 2]);
    assert.ok(Math.abs(row.utility - (row.accuracy - SIMULATED_WORLD.tokenPrice * row.tokens / 1000)) < 1e-9);
    const again = await policyGradient(spec, best, runtime);
    assert.deepEqual(again.row, row);
    assert.deepEqual(again.model.toOnnx(), model.toOnnx());
  } finally {
    await runtime.close();
  }
});
