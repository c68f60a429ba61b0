import assert from "node:assert/strict";
import { topologyOf } from "../../lib/agents/topology.ts";
import { callGraph, repeatedCalls } from "../../lib/agents/call_graph.ts";
import { debate } from "../../lib/agents/fixed_topologies.ts";

Deno.test("calls of two rounds: links within a round, and one's own answer of the round before", () => {
  const topology = topologyOf(3, [0, 2], [[2, 0]]);
  const { calls, answers } = callGraph(topology, { rounds: 2 });
  assert.deepEqual(calls.map(({ agent, reads }) => [agent, [...reads].sort()]), [
    [2, []],
    [0, [0]],
    [2, [0]],
    [0, [1, 2]],
  ]);
  assert.deepEqual([...answers].sort(), [2, 3]);
  assert.equal(new Set(calls.map(({ stream }) => stream)).size, 4);
  const { topology: talking, ...options } = debate({ size: 3, agents: [0, 2] });
  const debating = callGraph(talking, options);
  assert.deepEqual(debating.calls.map(({ reads, round }) => [round, ...reads]), [
    [0],
    [0],
    [1, 0, 1],
    [1, 0, 1],
  ]);
  // A link to the answers of an agent that is not kept leads nowhere.
  const cut = callGraph(topology, { rounds: 2, temporal: [[1, 0], [2, 0]] });
  assert.deepEqual(cut.calls.map(({ reads }) => [...reads].sort()), [[], [0], [], [0, 2]]);
  assert.deepEqual(repeatedCalls(1, 3).answers, [0, 1, 2]);
});
