import assert from "node:assert/strict";
import type { Topology } from "../../../lib/agents/topology.ts";
import { bestTeamOf } from "../../../lib/papers/agp/best_team.ts";

Deno.test("the team of highest utility is the best, of equal ones the first, each asked once", () => {
  const utilities = [0.2, 0.7, 0.1, 0.7];
  const teams = utilities.map((_, i): Topology => ({ kept: i, parents: [] }));
  const asked: number[] = [];
  const [score, team] = bestTeamOf(teams, ({ kept }) => {
    asked.push(kept);
    return { utility: utilities[kept]!, accuracy: 1, tokens: kept } as never;
  });
  assert.deepEqual([score.utility, team], [0.7, teams[1]]);
  assert.deepEqual(asked, [0, 1, 2, 3]);
});
