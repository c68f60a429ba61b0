import assert from "node:assert/strict";
import { costOf } from "../../lib/agents/asking/cost.ts";
import { topologyOf } from "../../lib/agents/topology.ts";
import { callGraph, callsOfTeam, repeatedCalls } from "../../lib/agents/call_graph.ts";
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

Deno.test("a link to the round before that leads out of the team is told, whoever follows its calls", () => {
  const team = { agents: ["A", "B"].map((role) => ({ role, persona: "" })), links: [] };
  const options = { rounds: 2, temporal: [[0, 1], [2, 1]] } as const;
  const refusal =
    /^RangeError: .*a temporal link names agent 2, who is not in it; expected positions from 0 to 1$/;
  assert.throws(() => callsOfTeam(team, options), refusal);
  assert.throws(() => costOf(team, "why?", { answerTokens: 9, ...options }), refusal);
  assert.equal(callsOfTeam(team, { ...options, temporal: [[0, 1]] }).calls.length, 4);
});
