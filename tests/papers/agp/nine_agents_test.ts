import assert from "node:assert/strict";
import { MAIN_TASKS } from "../../../lib/agents/simulation/world.ts";
import { nineAgents } from "../../../lib/papers/agp/nine_agents.ts";

Deno.test("the best of sampled teams of nine is worth about what it was simulated to be, and is the same again", () => {
  const settings = { seed: 3, sampled: 6, questions: 300 };
  const rows = nineAgents(settings);
  assert.deepEqual(rows.map(({ task }) => task), [...MAIN_TASKS]);
  for (const { simulated, exact, best, errorTogether, errorApart } of rows) {
    // The best of six is also the luckiest of them.
    assert.ok(
      Math.abs(simulated - exact) < 5 * Math.sqrt(0.25 / settings.questions),
      `${simulated} and ${exact}`,
    );
    assert.ok(best.size >= 1 && best.size <= 5 && best.roles.length === best.size);
    assert.ok(errorTogether >= 0 && errorApart > 0);
  }
  assert.deepEqual(nineAgents(settings), rows);
});
