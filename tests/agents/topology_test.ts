import assert from "node:assert/strict";
import {
  acyclicTopologies,
  allTopologies,
  linksOf,
  positionsOf,
  speakingOrder,
  teamOfTopology,
  topologyKey,
  topologyOf,
} from "../../lib/agents/topology.ts";
import { sampleTeam } from "../../lib/agents/collect.ts";
import { levels } from "../../lib/agents/team.ts";
import { seededRandom } from "../../lib/random.ts";

Deno.test("acyclic graphs are counted as Robinson counts them, and each is there once", () => {
  const counts = [1, 3, 25, 543, 29_281];
  assert.deepEqual(
    counts.map((_, i) => acyclicTopologies(i + 1, Array.from({ length: i + 1 }, (_, k) => k)).length),
    counts,
  );
  const four = acyclicTopologies(4, [0, 1, 2, 3]);
  assert.equal(new Set(four.map(topologyKey)).size, 543);
  for (const topology of four) assert.equal(speakingOrder(topology).length, 4); // throws where there is a circle
});

Deno.test("five agents make 32,281 teams, whose links are among the kept", () => {
  const all = allTopologies(5);
  assert.equal(all.length, 32_281);
  assert.equal(new Set(all.map(topologyKey)).size, all.length);
  for (const { kept, parents } of all) {
    parents.forEach((bits, i) => assert.ok((bits & ~kept) === 0 && (bits === 0 || kept >> i & 1)));
  }
  assert.throws(() => allTopologies(6), /^RangeError: Cannot list all teams of 6 agents: expected 1 to 5/);
});

Deno.test("a topology is a team in bits: agents by position in the pool, links between them", () => {
  const pool = ["a", "b", "c", "d"].map((role) => ({ role, persona: role.toUpperCase() }));
  const topology = topologyOf(4, [3, 1, 0], [[3, 0], [1, 3]]);
  assert.deepEqual([topology.kept, positionsOf(topology.kept)], [11, [0, 1, 3]]);
  assert.deepEqual(linksOf(topology), [[3, 0], [1, 3]]);
  const team = teamOfTopology(pool, topology);
  assert.deepEqual(team, { agents: [pool[0], pool[1], pool[3]], links: [[2, 0], [1, 2]] });
  assert.deepEqual(levels(team), [[1], [2], [0]]);
  assert.deepEqual(speakingOrder(topology), [1, 3, 0]);
});

Deno.test("a pool with more agents than bits is refused, by whoever counts teams", () => {
  const refusal = /RangeError: Cannot count the teams of a pool of 31 agents: expected 1 to 30/;
  assert.throws(() => topologyOf(31, [0], []), refusal);
  assert.throws(() => sampleTeam(seededRandom(0), { size: 31 }), refusal);
  assert.deepEqual(positionsOf(topologyOf(30, [29], []).kept), [29]);
});
