import { MAIN_TASKS } from "../../../lib/agents/simulation/world.ts";
import type { Evidence } from "../../../lib/papers/agp/evidence.ts";
import type { StageTwoRow } from "../../../lib/papers/agp/stage_two.ts";

/** Numbers of a world: what each second stage is worth, and so on. */
export interface World {
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

/** Where AGP does what is claimed of it. */
export const TRUE: World = {
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

/** Where it does the opposite. */
export const FALSE: World = {
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
export function evidence(world: World, seeds: readonly number[]): Evidence {
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
    // Two orders that are off to either side: in the mean they are where they were.
    stage({ labels: "exact", order: [1, 0] }, utility.exact! + world.moved),
    stage({ labels: "exact", order: [0, 1] }, utility.exact! - world.moved),
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
    prices: MAIN_TASKS.map((task, i) => ({
      task,
      margin: 0.02,
      tokens: 1000 * world.share + i,
      fullTokens: 1000,
    })),
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
