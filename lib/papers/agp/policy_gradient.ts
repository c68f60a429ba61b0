import { callGraph } from "../../agents/call_graph.ts";
import { networkInput } from "../../agents/networks/examples.ts";
import { trainPolicy } from "../../agents/networks/policy.ts";
import { releasedNetwork } from "../../agents/networks/released.ts";
import { exactScorer } from "../../agents/simulation/exact.ts";
import { MAIN_TASKS, SIMULATED_TASKS, SIMULATED_WORLD } from "../../agents/simulation/world.ts";
import { topologyKey } from "../../agents/topology.ts";
import type { Model } from "../../onnx/model.ts";
import { seededRandom } from "../../random.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { DOMAINS } from "./domains.ts";
import { simulatedSet } from "./questions.ts";
import { type BestTeams, type Judged, judgeOf, predict } from "./stage_two.ts";

/** The rival that learns links alone, by trying. */
export interface PolicySpec {
  /** Seed of questions, weights and draws. */
  readonly seed: number;
  /** Steps of training. */
  readonly steps: number;
  /** Questions of a step. */
  readonly batch: number;
  /** Learning rate. */
  readonly rate: number;
}

/** Results of a policy's teams on the test questions. */
export type PolicyRow = PolicySpec & Judged;

/** Trains the released network's links by policy gradient on the questions of the second stage. */
export async function policyGradient(
  spec: PolicySpec,
  best: BestTeams,
  runtime: Runtime,
): Promise<{ row: PolicyRow; model: Model }> {
  const { seed, steps, batch, rate } = spec;
  const set = simulatedSet({ seed, agents: SIMULATED_WORLD.agents.length });
  const random = seededRandom(seed, "policy gradient");
  const scorers = new Map(
    MAIN_TASKS.map((task) => [task, exactScorer(SIMULATED_WORLD, SIMULATED_TASKS[task])]),
  );
  const known = new Map<string, number>();
  const rows = (step: number) => {
    const draws = random.split("questions", step);
    return Array.from({ length: batch }, () => set.train[draws.integer(set.train.length)]!);
  };
  const model = await trainPolicy(releasedNetwork({ roleGraph: DOMAINS.coding.roleGraph, seed }), {
    steps,
    rate,
    random: random.split("links"),
    runtime,
    questions: (step) => networkInput(set.roles, rows(step).map(({ embedding }) => embedding)),
    ask(team, step, question) {
      const { task } = rows(step)[question]!;
      const key = `${task} ${topologyKey(team)}`;
      if (!known.has(key)) known.set(key, scorers.get(task)!(callGraph(team)).accuracy);
      return Number(random.split("outcome", step, question).uniform() < known.get(key)!);
    },
  });
  const input = networkInput(set.roles, set.test.map(({ embedding }) => embedding));
  const { predictions } = await predict(model, input, runtime);
  const judge = judgeOf(SIMULATED_WORLD, { tasks: set.test.map(({ task }) => task), best, seed });
  // Nobody is pruned: all agents are asked, and links are drawn.
  const all = predictions.map(({ edges }) => ({ keep: SIMULATED_WORLD.agents.map(() => 1), edges }));
  return { row: { ...spec, ...judge(all, "released") }, model };
}
