import assert from "node:assert/strict";
import { MAIN_TASKS } from "../../../lib/agents/simulation/world.ts";
import { claims, meaning } from "../../../lib/papers/agp/claims.ts";
import { type Evidence, rowsWhere } from "../../../lib/papers/agp/evidence.ts";
import {
  BENCHMARKS,
  isWholeNumberOfQuestions,
  TABLE_1,
  TOKEN_FIGURE,
} from "../../../lib/papers/agp/published.ts";
import type { StageTwoRow } from "../../../lib/papers/agp/stage_two.ts";
import { findings } from "../../../lib/plot/verdicts.ts";
import type { Verdict } from "../../../lib/statistics/verdict.ts";

/** Numbers of a world: what each second stage is worth, and so on. */
interface World {
  utility: Record<string, number>;
  saboteur: number;
  regret: number;
  moved: number;
  first: Record<string, number>;
  pruned: number;
  nodes: number;
  far: number;
  retrained: number;
  tokens: number;
  sizes: (skills: number, price: number) => number;
  share: number;
}

const TRUE: World = {
  utility: {
    exact: .827,
    "first stage": .80,
    halving: .82,
    links: .78,
    keep: .5,
    released: .6,
    shuffled: .6,
    blind: .77,
  },
  saboteur: 0,
  regret: 0.001,
  moved: 0,
  first: { "paper 200 16": .07, "paper 2000 1": .27, "paper 2000 16": .05, "halving 2000 16": .01 },
  pruned: 0.2,
  nodes: 0.9,
  far: 1e-7,
  retrained: 0.85,
  tokens: 1800,
  sizes: (skills, price) => skills + (price === 0 ? 2 : 0),
  share: 0.4,
};

const FALSE: World = {
  utility: {
    exact: .7,
    "first stage": .7,
    halving: .6,
    links: .8,
    keep: .75,
    released: .77,
    shuffled: .8,
    blind: .8,
  },
  saboteur: 0.3,
  regret: 0.1,
  moved: 0.1,
  first: { "paper 200 16": .3, "paper 2000 1": .2, "paper 2000 16": .05, "halving 2000 16": .09 },
  pruned: 0,
  nodes: 0.85,
  far: 1e-3,
  retrained: 0.95,
  tokens: 6000,
  sizes: (skills, price) => 4 - skills + (price > 0 ? 1 : 0),
  share: 0.9,
};

const SKILLS: Record<string, number> = { arith: 1, recall: 1, code: 2, mathcode: 2, project: 3 };

/** Rows of a world, with a little of each seed in every number that seeds change. */
function evidence(world: World, seeds: readonly number[]): Evidence {
  const noise = (seed: number) => 1e-4 * Math.sin(1 + 7 * seed);
  const stage = (which: Partial<StageTwoRow>, utility: number) =>
    seeds.map((seed) => ({
      network: "directed",
      labels: "first stage",
      execution: "decoded",
      seed,
      ...which,
      utility: utility + noise(seed + utility),
      accuracy: utility + 0.05,
      tokens: world.tokens,
      regret: world.regret + noise(seed) / 10,
      saboteur: world.saboteur && world.saboteur + noise(seed),
    }));
  const { utility } = world;
  const second = [
    stage({ labels: "exact" }, utility.exact!),
    stage({ labels: "exact", order: [1, 0] }, utility.exact! + world.moved),
    stage({}, utility["first stage"]!),
    stage({ labels: "first stage, halving" }, utility.halving!),
    stage({ execution: "no link head" }, utility.links!),
    stage({ execution: "no keep head" }, utility.keep!),
    stage({ network: "released", execution: "skipped" }, utility.released!),
    stage({ labels: "shuffled" }, utility.shuffled!),
    stage({ labels: "exact", embeddings: "constant" }, utility.blind!),
  ].flat();
  const domains = ["general_reasoning", "math_reasoning", "coding"];
  return {
    second,
    first: Object.entries(world.first).flatMap(([name, regret]) => {
      const [strategy, graphs, repeats] = name.split(" ");
      return seeds.map((seed) => ({
        strategy,
        graphs: Number(graphs),
        repeats: Number(repeats),
        seed,
        regret: regret + noise(seed + regret),
      }));
    }),
    best: Object.keys(SKILLS).flatMap((task) =>
      [0, 0.05, 0.2].map((tokenPrice) => ({
        task,
        tokenPrice,
        described: { size: world.sizes(SKILLS[task]!, tokenPrice) },
      }))
    ),
    baselines: [
      { name: "all five, complete", tokens: 5000, accuracy: 0.8, utility: 0.5 },
      {
        name: "self-consistency of the Generalist",
        tokens: 1500,
        accuracy: world === TRUE ? 0.6 : 0.8,
        utility: 0.5,
      },
    ],
    bestFixed: 0.7842,
    policies: seeds.map((seed) => ({ seed, utility: (world === TRUE ? 0.5 : 0.79) + noise(seed) })),
    prices: MAIN_TASKS.map((task, i) => ({ task, tokens: 1000 * world.share + i, fullTokens: 1000 })),
    corpora: domains.map((domain) => ({ domain, keepAll: 0.85 })),
    parity: domains.map((domain, i) => ({
      domain,
      prunedShare: world.pruned,
      nodeAccuracy: world.nodes + (world === TRUE ? 1e-3 * i : 0),
      forward: world.far,
      loss: 0,
      step: 0,
      endToEnd: 0,
    })),
    retrained: domains.flatMap((domain, i) =>
      seeds.map((seed) => ({
        domain,
        seed,
        steps: 60,
        nodeAccuracy: world.retrained + noise(seed + i),
        keepAll: 0.85,
      }))
    ),
    chats: [{ way: "one agent", replayed: true }, { way: "all, chain", replayed: world === TRUE }],
    changes: [],
    nine: [],
  } as unknown as Evidence;
}

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
    ["knows", "parity", "price", "pruning", "replay", "retrained", "size"],
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

Deno.test("rows of another order of the pool, or another price, are not taken for those of the main runs", () => {
  const rows = evidence(TRUE, [0, 1]).second;
  assert.equal(rowsWhere(rows, { labels: "exact" }).length, 2);
  assert.equal(rowsWhere([{ ...rows[0]!, tokenPrice: 0 }], { labels: "exact" }).length, 0);
});

Deno.test("table 1: averages are those of its cells, and AGP's lead is what the paper prints", () => {
  assert.equal(TABLE_1.rows.length, 14);
  for (const { method, scores, average } of TABLE_1.rows) {
    const cells = Object.values(scores);
    assert.equal(average === undefined, cells.length < 6, method);
    // Some averages are cut, not rounded.
    if (average !== undefined) {
      assert.ok(Math.abs(cells.reduce((a, b) => a + b) / 6 - average) < 0.0101, method);
    }
  }
  const of = (name: string) => TABLE_1.rows.find(({ method }) => method === name)!.scores;
  const lead = BENCHMARKS.map((name) =>
    Math.round(100 * (of("AGP")[name]! - of("Single agent")[name]!)) / 100
  );
  assert.deepEqual(lead, [9.84, 7.56, 2.59, 4.04, 9.78, 3.54]);
  assert.deepEqual(
    BENCHMARKS.filter((name) => isWholeNumberOfQuestions(name, of("AGP")[name]!)),
    ["MultiArith", "HumanEval"],
  );
  assert.ok(isWholeNumberOfQuestions("HumanEval", of("G-Designer").HumanEval!));
});

Deno.test("the figure of tokens: who takes fewer than AGP, and GPTSwarm's eleven times", () => {
  const of = (method: string, benchmark: string) =>
    TOKEN_FIGURE.rows.find((row) => row.method === method && row.benchmark === benchmark)!.millions;
  const fewer = TOKEN_FIGURE.rows.filter(({ benchmark, millions }) => millions < of("AGP", benchmark));
  assert.deepEqual(
    fewer.map(({ method, benchmark }) => `${method} ${benchmark}`).sort(),
    ["G-Designer MMLU", "MaAS HumanEval"],
  );
  assert.ok(Math.abs(1 - of("AGP", "MMLU") / of("GPTSwarm", "MMLU") - 0.91) < 0.005);
  assert.ok(Math.abs(1 - of("AGP", "GSM8K") / of("G-Designer", "GSM8K") - 0.128) < 0.001);
});
