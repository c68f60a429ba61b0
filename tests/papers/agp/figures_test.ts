import assert from "node:assert/strict";
import { MAIN_TASKS, SIMULATED_WORLD } from "../../../lib/agents/simulation/world.ts";
import { changed } from "../../../lib/papers/agp/changes.ts";
import type { Evidence } from "../../../lib/papers/agp/evidence.ts";
import * as figures from "../../../lib/papers/agp/figures.ts";
import { priceOf } from "../../../lib/papers/agp/price.ts";
import { TOKEN_FIGURE } from "../../../lib/papers/agp/published.ts";
import type { StageTwoRow } from "../../../lib/papers/agp/stage_two.ts";
import { select } from "../../plot/select.ts";
import { assertDrawn } from "../drawn.ts";

const roles = SIMULATED_WORLD.agents.map(({ role }) => role);
const team = { roles: [roles[0]!, roles[1]!], links: [[roles[0]!, roles[1]!]] as const, size: 2 };
const second = ([["exact", 0.8], ["first stage", 0.7]] as const).flatMap(([labels, utility]) =>
  [0, 1].map((seed): StageTwoRow => ({
    network: "directed",
    labels,
    execution: "decoded",
    seed,
    utility,
    accuracy: utility + 0.1,
    tokens: 2000 + seed,
    teams: Object.fromEntries(MAIN_TASKS.map((task) => [task, team])),
    asked: Object.fromEntries(roles.map((role, i) => [role, i === 0 ? 1 : 0.5])),
    curve: [0, 10].map((step) => ({ step, utility: utility * step / 10, spread: 1 })),
  } as unknown as StageTwoRow))
);
const best = MAIN_TASKS.map((task) => ({
  task,
  tokenPrice: SIMULATED_WORLD.tokenPrice,
  described: team,
  utility: 0.9,
}));
const evidence = {
  second,
  best,
  bestFixed: 0.75,
  policies: [],
  baselines: [{ name: "all five, chain", tokens: 4000, accuracy: 0.8 }, {
    name: "hidden",
    tokens: 1,
    accuracy: 0,
  }],
  first: (["paper", "halving", "success"] as const).flatMap((strategy) =>
    [0, 1].map((seed) => ({
      strategy,
      graphs: 20,
      repeats: 4,
      seed,
      perType: 2,
      runs: 800,
      regret: 0.1 + seed / 50,
    }))
  ),
} as unknown as Evidence;
const source = "a test";

Deno.test("what was learned is drawn beside what is fixed, with a point for each and its name", async () => {
  const tokens = figures.accuracyAgainstTokens(evidence, { source });
  await assertDrawn(tokens, ["directed, exact labels", "all five, chain", source]);
  // Two that learn, one that does not.
  assert.equal(select(tokens, "[aria-label=dot] path, [aria-label=dot] circle").length, 3);
  const curve = figures.utilityAgainstStep(evidence, { source });
  await assertDrawn(curve, ["best fixed graph", "first stage"]);
  assert.equal(select(curve, "[aria-label=line] path").length, 3);
  await assertDrawn(figures.regretByTrials(evidence, { source }), [
    "successive halving",
    "4 runs of each",
    "first success",
  ]);
});

Deno.test("teams are drawn for each type, the best and the learned, with who is asked", async () => {
  const teams = figures.learnedTeams(evidence, { source });
  await assertDrawn(teams, ["U 0.900", "arith"]);
  // Three rows of five types, of five agents each, two of them asked.
  assert.equal(select(teams, "circle").length, 3 * 5 * roles.length);
  assert.equal(select(teams, 'circle[fill="#ffffff"]').length, 3 * 5 * (roles.length - 2));
  const asked = figures.whoIsAsked(evidence, { source });
  await assertDrawn(asked, ["the best teams", ...roles]);
  assert.equal(select(asked, "[aria-label=cell] rect").length, 3 * roles.length);
});

Deno.test("changes and prices are drawn from the rows of their units", async () => {
  const changes = [0, 0.2].flatMap((amount) => changed({ what: "timeouts", amount }));
  const drawn = figures.changesFigure({ ...evidence, changes }, { source });
  await assertDrawn(drawn, ["timeouts, best team"]);
  assert.equal(select(drawn, "[aria-label=dot] path").length, 4);
  const prices = [await priceOf("arith", { seed: 0, questions: 50, margin: 0.1, confidence: 0.8 })];
  await assertDrawn(figures.priceFigure({ ...evidence, prices }, { source }), ["arith", "within 10 points"]);
});

Deno.test("published figures have a point for each method but AGP, on each benchmark", async () => {
  const others = TOKEN_FIGURE.rows.filter(({ method }) => method !== "AGP");
  const tokens = figures.publishedTokens();
  await assertDrawn(tokens, ["GPTSwarm", "MMLU"]);
  // A mark for each, shaped as in the legend, and the asterisk of AGP.
  const shapes = select(tokens, "[aria-label=dot] path").map((path) => path.getAttribute("d"));
  assert.equal(shapes.length, others.length + 1);
  assert.equal(new Set(shapes).size, new Set(others.map(({ method }) => method)).size + 1);
  for (const benchmark of ["MMLU", "GSM8K", "HumanEval"] as const) {
    await assertDrawn(figures.publishedSteps(benchmark), [benchmark, "AGP"]);
  }
});
