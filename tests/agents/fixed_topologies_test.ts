import assert from "node:assert/strict";
import { linksOf, speakingOrder } from "../../lib/agents/topology.ts";
import { FIXED_TOPOLOGIES, fixedTopology } from "../../lib/agents/fixed_topologies.ts";
import { seededRandom } from "../../lib/random.ts";

Deno.test("fixed topologies have the links of their names, in the order of the agents given", () => {
  const links = (name: (typeof FIXED_TOPOLOGIES)[number], agents: number[]) =>
    linksOf(fixedTopology(name, { size: 4, agents, random: seededRandom(3) })).map(String).sort();
  assert.deepEqual(links("chain", [2, 0, 3]), ["0,3", "2,0"]);
  assert.deepEqual(links("star", [2, 0, 3]), ["2,0", "2,3"]);
  assert.deepEqual(links("complete", [2, 0, 3]), ["0,3", "2,0", "2,3"]);
  assert.deepEqual(links("unlinked", [2, 0, 3]), []);
  assert.equal(links("layered", [0, 1, 2, 3]).length, 4);
  for (const name of FIXED_TOPOLOGIES) {
    const topology = fixedTopology(name, { size: 4, agents: [3, 1], random: seededRandom(3) });
    assert.equal(topology.kept, 0b1010);
    speakingOrder(topology);
  }
});
