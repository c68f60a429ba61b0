import assert from "node:assert/strict";
import { callGraph } from "../../../lib/agents/call_graph.ts";
import { exactScorer } from "../../../lib/agents/simulation/exact.ts";
import { SIMULATED_TASKS, SIMULATED_WORLD } from "../../../lib/agents/simulation/world.ts";
import { topologyOf } from "../../../lib/agents/topology.ts";
import { round } from "./run_once.ts";

Deno.test("tokens count the role, the question, what is read and what is answered, and the decision", () => {
  const { tokens } = exactScorer(SIMULATED_WORLD, SIMULATED_TASKS.code)(
    callGraph(topologyOf(5, [1, 3], [[1, 3]])),
  );
  const planner = 60 + 150 + 120;
  const programmer = 80 + 150 + (120 + 15) + 300;
  assert.equal(tokens, planner + programmer + 100 + 150 + (120 + 15) + (300 + 15) + 30);
  const silent = { ...SIMULATED_WORLD, timeouts: 1 };
  const failing = exactScorer(silent, SIMULATED_TASKS.code)(callGraph(topologyOf(5, [1, 3], [[1, 3]])));
  assert.deepEqual([failing.tokens, round(failing.accuracy)], [60 + 150 + 80 + 150 + 100 + 150 + 30, 0.1]);
});
