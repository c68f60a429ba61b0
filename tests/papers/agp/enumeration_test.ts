import assert from "node:assert/strict";
import { SIMULATED_TASKS, SIMULATED_WORLD } from "../../../lib/agents/simulation/world.ts";
import { exactScorer } from "../../../lib/agents/simulation/exact.ts";
import { callGraph } from "../../../lib/agents/call_graph.ts";
import { enumerate, TOKEN_PRICES } from "../../../lib/papers/agp/enumeration.ts";

Deno.test("the best of all teams is worth what exact scores say, and less the more its tokens cost", () => {
  const { rows, table } = enumerate("arith");
  assert.deepEqual(rows.map(({ tokenPrice }) => tokenPrice), TOKEN_PRICES);
  const score = exactScorer(SIMULATED_WORLD, SIMULATED_TASKS.arith);
  for (const { team, accuracy, tokens, utility, second, tokenPrice } of rows) {
    const exact = score(callGraph(team));
    assert.ok(Math.abs(exact.accuracy - accuracy) < 1e-9 && Math.abs(exact.tokens - tokens) < 1e-6);
    assert.ok(Math.abs(utility - (accuracy - tokenPrice * tokens / 1000)) < 1e-12);
    assert.ok(second <= utility);
  }
  assert.equal(rows[0]!.accuracy, Math.max(...table.accuracy));
  rows.slice(1).forEach(({ utility, tokens }, i) =>
    assert.ok(utility <= rows[i]!.utility && tokens <= rows[i]!.tokens)
  );
});
