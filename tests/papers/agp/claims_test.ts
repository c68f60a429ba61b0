import assert from "node:assert/strict";
import { claims, meaning } from "../../../lib/papers/agp/claims.ts";
import { findings } from "../../../lib/plot/verdicts.ts";
import type { Verdict } from "../../../lib/statistics/verdict.ts";
import { evidence, FALSE, TRUE, type World } from "./world.ts";
import { fewerRows } from "../fewer_rows.ts";

const outcomes = (world: World, seeds: readonly number[]) => {
  const { paper, ours } = claims(evidence(world, seeds));
  const all: Record<string, Verdict> = { ...paper, ...ours };
  return Object.fromEntries(Object.entries(all).map(([name, { outcome }]) => [name, outcome]));
};

Deno.test("every verdict on AGP flips with rows that say the opposite", () => {
  const [holds, fails] = [outcomes(TRUE, [0, 1, 2, 3]), outcomes(FALSE, [0, 1, 2, 3])];
  assert.equal(Object.keys(holds).length, 22);
  for (const [name, outcome] of Object.entries(holds)) assert.equal(outcome, "holds", name);
  for (const [name, outcome] of Object.entries(fails)) assert.equal(outcome, "does not hold", name);
});

Deno.test("one seed decides nothing that seeds change", () => {
  const decided = Object.entries(outcomes(TRUE, [0])).filter(([, outcome]) => outcome === "holds");
  assert.deepEqual(
    decided.map(([name]) => name).sort(),
    ["knows", "parity", "price", "pruning", "replay", "size"],
  );
});

Deno.test("where the release is not on the machine, nothing is said of it", () => {
  const without = { ...evidence(TRUE, [0, 1]), corpora: [], parity: [], retrained: [] };
  const { paper, ours } = claims(without);
  assert.deepEqual([paper.pruning, paper.knows, ours.parity, ours.retrained], Array(4).fill(undefined));
  const shown = findings(meaning({ paper, ours }))[Symbol.for("Jupyter.display")]!() as Record<
    string,
    string
  >;
  assert.doesNotMatch(shown["text/plain"]!, /released/);
});

Deno.test("a corpus that was not counted leaves its domain out of what is said of the release", () => {
  const all = evidence(TRUE, [0, 1]);
  const domains = (corpora: typeof all.corpora) => claims({ ...all, corpora }).paper.knows!.seeds;
  assert.equal(domains(all.corpora.slice(1)), domains(all.corpora) - 1);
  assert.equal(claims({ ...all, corpora: [] }).paper.knows!.outcome, "not decided with so few seeds");
});

Deno.test("a run that failed leaves the other verdicts, and takes itself out of its own", () => {
  for (const less of fewerRows(evidence(TRUE, [0, 1, 2]))) claims(less);
});

Deno.test("claims name the margin and the tokens of their rows", () => {
  const world = evidence(TRUE, [0, 1]);
  const priced = (prices: typeof world.prices) => claims({ ...world, prices }).ours.price.claim;
  assert.match(priced(world.prices), /a team within 2 points of all honest agents/);
  assert.match(priced(world.prices.map((row) => ({ ...row, margin: 0.01 }))), /a team within 1 point of all/);
  assert.match(priced([]), /a team within the margin of all/);
  const second = world.second.map((row) => ({ ...row, tokens: 1551 + row.seed }));
  const { claim } = claims({ ...world, second }).ours.alone;
  assert.match(claim, /labels \(1,552 tokens\) beats .* its tokens allow \(1,500 tokens\)$/);
});
