import assert from "node:assert/strict";
import {
  accuracyAtLeast,
  bestTrials,
  cheapestWithin,
  removalLosses,
  sampleTeam,
  speakingOrder,
  successiveHalving,
  topologyOf,
  tryEqually,
} from "../../lib/agents/mod.ts";
import { linksOf, positionsOf } from "../../lib/agents/topology.ts";
import { seededRandom } from "../../lib/random.ts";

Deno.test("sampled teams have sizes around half of the pool, no circle, and half of the links that they may have", () => {
  const random = seededRandom(1);
  const sizes = new Map<number, number>();
  let [links, pairs] = [0, 0];
  for (let i = 0; i < 4000; i++) {
    const team = sampleTeam(random, { size: 5 });
    const size = positionsOf(team.kept).length;
    sizes.set(size, (sizes.get(size) ?? 0) + 1);
    links += linksOf(team).length;
    pairs += size * (size - 1) / 2;
    assert.equal(speakingOrder(team).length, size);
  }
  assert.deepEqual([...sizes.keys()].sort(), [2, 3, 4, 5]);
  assert.ok(sizes.get(2)! > sizes.get(4)! && sizes.get(4)! > sizes.get(5)!);
  assert.ok(Math.abs(links / pairs - 0.5) < 0.02, `${links} of ${pairs}`);
  const alone = Array.from(
    { length: 500 },
    () => positionsOf(sampleTeam(random, { size: 5, least: 1 }).kept).length,
  );
  assert.ok(alone.includes(1));
});

Deno.test("a team of a size that is never or hardly ever drawn is refused, and a pool of one has a team", () => {
  const random = seededRandom(2);
  assert.deepEqual(positionsOf(sampleTeam(random, { size: 1 }).kept), [0]);
  for (let i = 0; i < 50; i++) assert.equal(positionsOf(sampleTeam(random, { size: 2 }).kept).length, 2);
  const wrong: [options: Parameters<typeof sampleTeam>[1], message: RegExp][] = [
    [{ size: 1, least: 2 }, /with least 2: expected a whole number from 1 to 1$/],
    [{ size: 4, least: 5 }, /with least 5: expected a whole number from 1 to 4$/],
    [{ size: 4, least: NaN }, /with least NaN: expected a whole number from 1 to 4$/],
    [{ size: 4.5 }, /with size 4.5: expected a whole number from 1$/],
    [{ size: 4, deviation: 0 }, /with deviation 0: expected a number above 0, at most 1000$/],
    [{ size: 4, deviation: NaN }, /with deviation NaN: expected a number above 0, at most 1000$/],
    [{ size: 4, deviation: 1001 }, /with deviation 1001: expected a number above 0, at most 1000$/],
    [{ size: 4, deviation: 1e300 }, /with deviation 1e\+300: expected a number above 0, at most 1000$/],
    [
      { size: 30, least: 30 },
      /with least 30: teams have 15 agents on average, with a deviation of 1; ask for/,
    ],
    [{ size: 4, least: 4, deviation: 0.1 }, /with least 4: teams have 2 agents on average/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(
      () => sampleTeam(random, options),
      (error: Error) =>
        error instanceof RangeError && error.message.startsWith("Cannot sample a team ") &&
        message.test(error.message),
    );
  }
  const large = sampleTeam(random, { size: 30, least: 20, deviation: 1 });
  assert.ok(positionsOf(large.kept).length >= 20);
  // The widest one is uniform: of 600 draws each size has 200, with a deviation of 11.5.
  const counts = [0, 0, 0];
  for (let i = 0; i < 600; i++) {
    counts[positionsOf(sampleTeam(random, { size: 3, least: 1, deviation: 1000 }).kept).length - 1]!++;
  }
  for (const count of counts) assert.ok(Math.abs(count - 200) < 5 * 11.5, `${counts}`);
});

Deno.test("successive halving keeps to its budget, runs the best most, and finds it more often than equal repeats", async () => {
  const chances = Array.from({ length: 64 }, (_, i) => 0.3 + 0.6 * i / 63);
  const [budget, tries] = [64 * 12, 60];
  let [halved, equal] = [0, 0];
  for (let seed = 0; seed < tries; seed++) {
    const random = seededRandom(seed);
    let runs = 0;
    const ask = (team: number, times: number) => {
      runs += times;
      return Array.from({ length: times }, () => Number(random.uniform() < chances[team]!)).reduce(
        (a, b) => a + b,
        0,
      );
    };
    const mean = ({ runs, successes }: { runs: number; successes: number }) => successes / runs;
    const teams = [...chances.keys()];
    const trials = await successiveHalving(teams, ask, { budget });
    assert.ok(runs <= budget && trials.length === 64);
    assert.ok(trials.every(({ runs, successes }) => runs >= 2 && successes <= runs));
    const [best] = bestTrials(trials, accuracyAtLeast);
    halved += chances[best!.team]!;
    runs = 0;
    const [other] = bestTrials(await tryEqually(teams, 12, ask), mean);
    assert.equal(runs, budget);
    equal += chances[other!.team]!;
  }
  assert.ok(halved / tries > equal / tries + 0.02, `${halved / tries} and ${equal / tries}`);
  await assert.rejects(
    () => successiveHalving([1, 2, 3, 4, 5, 6, 7, 8], () => 0, { budget: 15 }),
    /^RangeError: Cannot try 8 teams with 15 runs: expected at least 16/,
  );
  for (
    const [options, named] of [[{ budget: 16, keep: 0 }, "keep 0"], [{ budget: NaN }, "budget NaN"]] as const
  ) {
    await assert.rejects(
      () => successiveHalving([1, 2], () => assert.fail("tried"), options),
      new RegExp(`^RangeError: Cannot try teams with ${named}: expected a`),
    );
  }
});

Deno.test("a team that was right once is not taken for better than one that was right nine times in ten", () => {
  const once = { team: "once", runs: 1, successes: 1 };
  const often = { team: "often", runs: 100, successes: 90 };
  assert.equal(bestTrials([once, often], ({ runs, successes }) => successes / runs)[0], once);
  assert.equal(bestTrials([once, often], accuracyAtLeast)[0], often);
});

Deno.test("the cheapest team is one that is surely good enough, and the full one where none is", () => {
  const random = seededRandom(5);
  const luck = Array.from({ length: 1000 }, () => random.uniform());
  const team = (name: string, tokens: number, accuracy: number) => ({
    team: name,
    tokens,
    outcomes: luck.map((u) => Number(u < accuracy)),
  });
  const full = team("all", 1000, 0.9);
  const candidates = [team("bad", 100, 0.5), team("good", 500, 0.895), team("dear", 800, 0.9)];
  const tag = cheapestWithin(full, candidates, { margin: 0.02 });
  assert.equal(tag.chosen.team, "good");
  assert.ok(tag.atLeast >= -0.02 && tag.atLeast < tag.difference && tag.difference <= 0);
  assert.equal(tag.tokenShare, 0.5);
  // So few questions are not enough to be sure.
  const few = (one: typeof full) => ({ ...one, outcomes: one.outcomes.slice(0, 1) });
  assert.equal(cheapestWithin(few(full), candidates.map(few), { margin: 0.02 }).chosen.team, "all");
  assert.throws(
    () => cheapestWithin(full, candidates.map(few), { margin: 0.02 }),
    /^RangeError: Cannot compare teams: expected outcomes of 1000 questions, found 1/,
  );
});

Deno.test("what parts of a team are worth: each agent with its links, and each link", async () => {
  const team = topologyOf(4, [0, 1, 3], [[0, 1], [1, 3]]);
  const utility = ({ kept, parents }: typeof team) =>
    positionsOf(kept).length + 10 * parents.reduce((sum, bits) => sum + positionsOf(bits).length, 0);
  const losses = await removalLosses(team, utility);
  assert.deepEqual(
    losses.map(({ agent, link, loss }) => [agent ?? String(link), loss]),
    [[0, 11], [1, 21], [3, 11], ["0,1", 10], ["1,3", 10]],
  );
  assert.deepEqual(losses[1]!.team, topologyOf(4, [0, 3], []));
  assert.deepEqual(await removalLosses(topologyOf(4, [2], []), utility), []);
});
