import assert from "node:assert/strict";
import { cheapestWithin, removalLosses } from "../../lib/agents/price_tag.ts";
import { normalQuantile } from "../../lib/statistics/distributions.ts";
import { linksOf, topologyOf } from "../../lib/agents/topology.ts";

const team = (name: string, tokens: number, outcomes: number[]) => ({ team: name, tokens, outcomes });
const right = (count: number, of = 400) => Array.from({ length: of }, (_, i) => Number(i < count));

Deno.test("of two teams that are as right as the full one, the one of fewer tokens is taken", () => {
  const full = team("full", 1000, right(200));
  const found = cheapestWithin(full, [team("b", 500, right(200)), team("a", 300, right(200))], {
    margin: 0.02,
  });
  assert.deepEqual([found.chosen.team, found.difference], ["a", 0]);
  // Of 400 questions on which both agree, as sure as one of two is to be by 97.5 %.
  const square = normalQuantile(0.975) ** 2;
  assert.ok(Math.abs(found.atLeast + square / (400 + square)) < 1e-9);
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

Deno.test("three questions on which two teams agree make nobody sure, as many as the margin needs do", () => {
  const chosen = (of: number, margin: number) =>
    cheapestWithin(team("full", 1000, right(of, of)), [team("a", 1, right(of, of))], { margin }).chosen.team;
  assert.equal(chosen(3, 0.02), "full");
  assert.equal(chosen(3, 0.5), "a");
  // The bound of one candidate is z² / (n + z²) by 95 %: 0.02 and less from 49 z² = 132.6 questions on.
  assert.deepEqual([chosen(132, 0.02), chosen(133, 0.02)], ["full", "a"]);
  // Chances have no luck in them: three that are equal are equal.
  const chances = (name: string, tokens: number) => team(name, tokens, [0.9, 0.5, 0.7]);
  const tag = cheapestWithin(chances("full", 1000), [chances("a", 1)], { margin: 0.02 });
  assert.deepEqual([tag.chosen.team, tag.atLeast], ["a", 0]);
  for (
    const options of [{ margin: NaN }, { margin: -0.1 }, { margin: 0.1, confidence: 1 }, {
      margin: 0.1,
      confidence: 0.5,
    }]
  ) {
    assert.throws(
      () => cheapestWithin(team("full", 1, [1]), [], options),
      /^RangeError: Cannot price a team with (margin|confidence) /,
    );
  }
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
