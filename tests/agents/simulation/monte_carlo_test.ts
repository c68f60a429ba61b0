import assert from "node:assert/strict";
import { type CallGraph, callGraph } from "../../../lib/agents/call_graph.ts";
import { commonDraws, simulateCalls } from "../../../lib/agents/simulation/monte_carlo.ts";
import { SIMULATED_TASKS, SIMULATED_WORLD } from "../../../lib/agents/simulation/world.ts";
import { topologyOf } from "../../../lib/agents/topology.ts";
import { meanAndError } from "./run_once.ts";

Deno.test("two teams with the same luck differ less by chance than with luck of their own", () => {
  const [one, other] = [topologyOf(5, [1, 3], [[1, 3]]), topologyOf(5, [0, 1, 3], [[1, 3]])].map((t) =>
    callGraph(t)
  );
  const run = (graph: CallGraph, seed: number) =>
    simulateCalls(
      SIMULATED_WORLD,
      SIMULATED_TASKS.code,
      graph,
      commonDraws({ questions: 4000, streams: 5, steps: 2, seed }),
    );
  const error = (a: Float64Array, b: Float64Array) => meanAndError(a.map((value, q) => value - b[q]!))[1];
  assert.ok(error(run(one!, 1), run(other!, 1)) < 0.7 * error(run(one!, 1), run(other!, 2)));
  const few = commonDraws({ questions: 2, streams: 2, steps: 2, seed: 0 });
  assert.throws(
    () => simulateCalls(SIMULATED_WORLD, SIMULATED_TASKS.code, one!, few),
    /^RangeError: Cannot simulate the team: expected draws of 4 streams and 2 steps, found 2 and 2/,
  );
});
