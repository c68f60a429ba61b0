import assert from "node:assert/strict";
import { type CallGraph, callGraph, repeatedCalls } from "../../../lib/agents/call_graph.ts";
import { sampleTeam } from "../../../lib/agents/collect.ts";
import { exactScorer } from "../../../lib/agents/simulation/exact.ts";
import { commonDraws, simulateCalls } from "../../../lib/agents/simulation/monte_carlo.ts";
import {
  SIMULATED_TASKS,
  SIMULATED_WORLD,
  type SimulatedTask,
  type SimulatedTaskName,
  type SimulatedWorld,
} from "../../../lib/agents/simulation/world.ts";
import { topologyOf } from "../../../lib/agents/topology.ts";
import { type Random, seededRandom } from "../../../lib/random.ts";
import { assertClose } from "../../close.ts";
import { dataFile } from "../../data.ts";
import { meanAndError, round } from "./run_once.ts";

/** The best team of each type as an independent enumeration has it: utility, accuracy, tokens. */
const OPTIMUM: Record<
  SimulatedTaskName,
  [agents: number[], utility: number, accuracy: number, tokens: number]
> = {
  arith: [[2], .91725, .95450, 745],
  recall: [[1], .92425, .95450, 605],
  code: [[1, 3], .80050, .88675, 1725],
  mathcode: [[2, 3], .80394, .89869, 1895],
  project: [[1, 2, 3], .68905, .82830, 2785],
  easy: [[2], .95116, .98841, 745],
  hardcode: [[1, 3], .69328, .77953, 1725],
};

Deno.test("a chain of the right specialists is worth what an independent program says, for each type", () => {
  for (const [name, [agents, utility, accuracy, tokens]] of Object.entries(OPTIMUM)) {
    const chain = topologyOf(5, agents, agents.slice(1).map((to, i) => [agents[i]!, to] as const));
    const score = exactScorer(SIMULATED_WORLD, SIMULATED_TASKS[name as SimulatedTaskName])(callGraph(chain));
    assert.deepEqual([round(score.utility), round(score.accuracy), score.tokens], [
      utility,
      accuracy,
      tokens,
    ]);
  }
});

const REFERENCE = dataFile("agp/sim_reference.json");

Deno.test({
  name: "the twenty best teams of each type have their published scores",
  ignore: !REFERENCE,
  async fn() {
    const { top_graphs } = JSON.parse(await Deno.readTextFile(REFERENCE!)) as {
      top_graphs: Record<
        string,
        {
          utility: number;
          accuracy: number;
          tokens: number;
          active: number[];
          parents: Record<string, number[]>;
        }[]
      >;
    };
    let seen = 0;
    for (const [name, graphs] of Object.entries(top_graphs)) {
      const score = exactScorer(SIMULATED_WORLD, SIMULATED_TASKS[name as SimulatedTaskName]);
      for (const { utility, accuracy, tokens, active, parents } of graphs) {
        const links = Object.entries(parents).flatMap(([to, from]) =>
          from.map((i) => [i, Number(to)] as const)
        );
        const own = score(callGraph(topologyOf(5, active, links)));
        assertClose([own.utility, own.accuracy], [utility, accuracy], { absolute: 1e-7, relative: 0 });
        assert.equal(own.tokens, tokens);
        seen++;
      }
    }
    assert.equal(seen, 140);
  },
});

/** One run by the rules, written down once more: who is in error, who is how far, and whether the decision is right. */
function runOnce(
  world: SimulatedWorld,
  task: SimulatedTask,
  { calls, answers }: CallGraph,
  random: Random,
): number {
  type State = "error" | "silent" | number;
  const treacherous = random.uniform() < (world.sharedErrors ?? 0);
  const u = random.uniform();
  const states: State[] = [];
  for (const { agent, reads } of calls) {
    const own = world.agents[agent]!;
    if (random.uniform() < (world.timeouts ?? 0)) {
      states.push("silent");
      continue;
    }
    const read = reads.map((place) => states[place]!).filter((state) => state !== "silent");
    const wrong = read.filter((state) => state === "error").length;
    let believes = own.alwaysWrong ?? false;
    for (let i = 0; i < wrong; i++) if (random.uniform() < own.gullibility) believes = true;
    if (believes) {
      states.push("error");
      continue;
    }
    let level = Math.max(0, ...read.filter((state) => typeof state === "number"));
    let failed = false;
    while (level < task.steps.length && !failed) {
      const skill = (own.skills[task.steps[level]!] ?? 0) ** task.difficulty;
      if (random.uniform() < skill * 0.93 ** Math.max(0, read.length - 2)) level++;
      else failed = true;
    }
    const errs = failed && (treacherous ? u : random.uniform()) < own.confidentError;
    states.push(errs ? "error" : level);
  }
  const said = answers.map((place) => states[place]);
  const [right, wrong] = [
    said.filter((state) => state === task.steps.length),
    said.filter((state) => state === "error"),
  ];
  if (right.length === 0 && wrong.length === 0) return 0.1;
  return right.length > wrong.length ? 1 : right.length < wrong.length ? 0 : 0.5;
}

const RUNS = 20_000;

const WORLDS: Record<string, SimulatedWorld> = {
  "as it is": SIMULATED_WORLD,
  "with shared errors": { ...SIMULATED_WORLD, sharedErrors: 0.7 },
  "with timeouts": { ...SIMULATED_WORLD, timeouts: 0.2 },
};

for (const [name, world] of Object.entries(WORLDS)) {
  Deno.test(`exact scores are what running the rules gives, the world ${name}`, () => {
    const random = seededRandom(11, name);
    const tasks = ["arith", "hardcode", "project"] as const;
    const graphs: CallGraph[] = [
      ...tasks.map(() => callGraph(sampleTeam(random, { size: 5, least: 3 }))),
      callGraph(topologyOf(5, [0, 1, 2, 3, 4], [[4, 0], [4, 1], [0, 1], [1, 2], [0, 2], [4, 2], [2, 3]])),
      callGraph(topologyOf(5, [0, 2, 3], [[2, 3]]), { rounds: 2 }),
      repeatedCalls(0, 3),
    ];
    graphs.forEach((graph, i) => {
      const task = SIMULATED_TASKS[tasks[i % 3]!];
      const { accuracy } = exactScorer(world, task)(graph);
      const plain = Float64Array.from({ length: RUNS }, () => runOnce(world, task, graph, random));
      const draws = commonDraws({ questions: RUNS, streams: 10, steps: 3, seed: i });
      for (const outcomes of [plain, simulateCalls(world, task, graph, draws)]) {
        const [mean, error] = meanAndError(outcomes);
        assert.ok(
          Math.abs(mean - accuracy) < error,
          `graph ${i}: ${mean} run, ${accuracy} exactly, ± ${error}`,
        );
      }
    });
  });
}
