import assert from "node:assert/strict";
import { cheapestWithin, removalLosses } from "../../lib/agents/price_tag.ts";
import { linksOf, topologyOf } from "../../lib/agents/topology.ts";

const team = (name: string, tokens: number, outcomes: number[]) => ({ team: name, tokens, outcomes });
const right = (count: number, of = 400) => Array.from({ length: of }, (_, i) => Number(i < count));

Deno.test("of two teams that are as right as the full one, the one of fewer tokens is taken", () => {
  const full = team("full", 1000, right(200));
  const found = cheapestWithin(full, [team("b", 500, right(200)), team("a", 300, right(200))], {
    margin: 0.02,
  });
  assert.deepEqual([found.chosen.team, found.difference, found.atLeast], ["a", 0, 0]);
  assert.equal(found.tokenShare, 0.3);
});

Deno.test("where no team is surely within the margin, it is the full team", () => {
  const full = team("full", 1000, right(200));
  const found = cheapestWithin(full, [team("half", 10, right(100))], { margin: 0.02 });
  assert.deepEqual([found.chosen, found.tokenShare], [full, 1]);
  assert.throws(
    () => cheapestWithin(full, [team("short", 1, right(1, 3))], { margin: 0.02 }),
    /RangeError: Cannot compare teams: expected outcomes of 400 questions, found 3/,
  );
});

Deno.test("where agents and links are worth fixed sums, each part's loss is its own sum", async () => {
  // Agent i is worth 10^i, every link 0.5.
  const whole = topologyOf(3, [0, 1, 2], [[0, 1], [1, 2]]);
  const worth = (topology: typeof whole) =>
    [0, 1, 2].reduce((sum, i) => sum + (topology.kept >> i & 1) * 10 ** i, 0) +
    0.5 * linksOf(topology).length;
  const found = (await removalLosses(whole, worth)).map(({ agent, link, loss }) => [agent ?? link, loss]);
  assert.deepEqual(found, [[0, 1.5], [1, 11], [2, 100.5], [[0, 1], 0.5], [[1, 2], 0.5]]);
  const alone = topologyOf(3, [1], []);
  assert.deepEqual(await removalLosses(alone, worth), []);
});
