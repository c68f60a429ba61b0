import assert from "node:assert/strict";
import { type Agent, CyclicTeamError, levels, teamOf, UnknownRoleError } from "../../lib/agents/team.ts";

const pool = (roles: string): Agent[] => [...roles].map((role) => ({ role, persona: "" }));

Deno.test("levels: a diamond has three, whatever order its links come in", () => {
  const links = [[2, 3], [0, 1], [1, 3], [0, 2], [0, 2]] as const;
  assert.deepEqual(levels({ agents: pool("abcd"), links }), [[0], [1, 2], [3]]);
  assert.deepEqual(levels({ agents: pool("abc"), links: [] }), [[0, 1, 2]]);
  assert.deepEqual(levels({ agents: [], links: [] }), []);
});

Deno.test("levels: an agent stands one level behind the last that it reads", () => {
  const links = [[4, 2], [2, 0], [4, 0], [1, 3], [3, 0]] as const;
  const ordered = levels({ agents: pool("abcde"), links });
  const level = (place: number) => ordered.findIndex((places) => places.includes(place));
  for (let to = 0; to < 5; to++) {
    const parents = links.filter((link) => link[1] === to).map(([from]) => level(from));
    assert.equal(level(to), Math.max(-1, ...parents) + 1);
  }
});

Deno.test("a team that leads in a circle is refused, and the circle told", () => {
  const links = [[0, 1], [1, 2], [2, 3], [3, 1]] as const;
  assert.throws(() => levels({ agents: pool("abcd"), links }), (error: unknown) => {
    assert.ok(error instanceof CyclicTeamError);
    assert.deepEqual([...error.cycle].sort(), ["b", "c", "d"]);
    assert.match(error.message, /^Cannot order the team: .*(b → c → d → b|c → d → b → c|d → b → c → d)/);
    return true;
  });
  assert.throws(() => levels({ agents: pool("a"), links: [[0, 0]] }), CyclicTeamError);
  assert.throws(() => levels({ agents: pool("ab"), links: [[0, 2]] }), /positions 0 to 1, found 0 → 2/);
});

Deno.test("teamOf: roles by name, in the pool's order; others are not asked", () => {
  const team = teamOf(pool("abc"), ["c", "a"], [["c", "a"]]);
  assert.deepEqual(team.agents.map(({ role }) => role), ["a", "c"]);
  assert.deepEqual(team.links, [[1, 0]]);
  assert.throws(() => teamOf(pool("abc"), ["d"], []), UnknownRoleError);
  assert.throws(
    () => teamOf(pool("abc"), ["a", "c"], [["a", "b"]]),
    /^RangeError: .*a link names "b", who is not in the team \(a, c\); add it to the roles or drop the link$/,
  );
  assert.throws(() => teamOf(pool("abc"), ["a"], [["a", "d"]]), UnknownRoleError);
  assert.throws(() => teamOf(pool("aba"), ["a"], []), /two agents called "a"/);
  assert.throws(() => teamOf(pool("ab"), ["a", "b"], [["a", "b"], ["b", "a"]]), CyclicTeamError);
});
