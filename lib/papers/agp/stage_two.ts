import { withoutUndefined } from "../../options.ts";
import { callGraph } from "../../agents/call_graph.ts";
import { fixedTopology } from "../../agents/fixed_topologies.ts";
import { agentSpread, decodeTeam, type Prediction, sampleReleased } from "../../agents/networks/decode.ts";
import { directedNetwork } from "../../agents/networks/directed.ts";
import { labelOf, labelTensors, networkInput } from "../../agents/networks/examples.ts";
import { agpLoss, linkLoss } from "../../agents/networks/losses.ts";
import { releasedFreeze, releasedNetwork } from "../../agents/networks/released.ts";
import { exactScorer, type Score } from "../../agents/simulation/exact.ts";
import {
  MAIN_TASKS,
  SIMULATED_TASKS,
  SIMULATED_WORLD,
  type SimulatedTaskName,
  type SimulatedWorld,
} from "../../agents/simulation/world.ts";
import { linksOf, positionsOf, type Topology, topologyKey } from "../../agents/topology.ts";
import type { Model } from "../../onnx/model.ts";
import type { Progress } from "../../progress.ts";
import { seededRandom } from "../../random.ts";
import { runModel } from "../../runtime/run_model.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { mean } from "../../statistics/describe.ts";
import { numbersOf } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import { type BatchSource, takeRows } from "../../train/batches.ts";
import { fit } from "../../train/fit.ts";
import { adamW } from "../../train/optimizers.ts";
import { constantRate } from "../../train/schedules.ts";
import { DOMAINS } from "./domains.ts";
import { simulatedSet } from "./questions.ts";
import type { FoundTeams } from "./stage_one.ts";

/** A network that is trained on labels, and judged in the simulator. */
export interface StageTwoSpec {
  /** Seed of questions, weights and batches. */
  readonly seed: number;
  /** Name of the network. */
  readonly network: "released" | "directed";
  /** Name of the labels' source; whoever makes the unit says where they come from. */
  readonly labels: "exact" | "first stage" | "first stage, halving" | "first success" | "shuffled";
  /** Whether questions of one type look alike, or all questions are one. Default "typed". */
  readonly embeddings?: "typed" | "constant";
  /** The pool in another order: the agent at place i is the one that was at `order[i]`. */
  readonly order?: readonly number[];
  /** Utility that a thousand tokens cost; what labels are best for. Default the world's. */
  readonly tokenPrice?: number;
  /** Steps of training. */
  readonly steps: number;
  /** Learning rate of Adam. */
  readonly rate: number;
}

/** How a trained network's teams did on the test questions. */
export interface StageTwoRow extends StageTwoSpec {
  /**
   * How teams come from what the network says: `decoded` or, of the released network, `released` (drawn;
   * agents that are pruned run all the same) and `skipped` (drawn; they do not), or `no link head` (all
   * links by index), `no keep head` (all agents).
   */
  readonly execution: Execution;
  /** Mean over the test questions. */
  readonly utility: number;
  /** Mean chance to be right. */
  readonly accuracy: number;
  /** Mean tokens of a question. */
  readonly tokens: number;
  /** Mean of the utility lost against the best team there is. */
  readonly regret: number;
  /** Share of questions answered by exactly the best team's agents. */
  readonly exactMask: number;
  /** Share of questions that the saboteur has a part in. */
  readonly saboteur: number;
  /** Share of agents that are asked, by role. */
  readonly asked: Readonly<Record<string, number>>;
  /** The team most questions of each type got, roles and links by role. */
  readonly teams: Readonly<Record<string, DescribedTeam>>;
  /** By step, utility of the first execution, and how different agents are: 0 where all have become one. */
  readonly curve?: readonly { readonly step: number; readonly utility: number; readonly spread: number }[];
  /** How different the network's agents are from one another, 0 to 1. */
  readonly spread: number;
  /** Questions that nobody was kept for. */
  readonly empty: number;
}

/** A team in words. */
export interface DescribedTeam {
  /** Roles of the team's agents. */
  readonly roles: readonly string[];
  /** Links between the agents, by role. */
  readonly links: readonly (readonly [from: string, to: string])[];
  /** Agents that are asked, on average over the type's questions. */
  readonly size: number;
}

/** How teams come from what a network says. */
export type Execution = "decoded" | "released" | "skipped" | "no link head" | "no keep head";

/** Examples per step. */
const BATCH = 32;
/** Teams drawn for each question where they are drawn. */
const DRAWN = 5;
/** Looks at the utility during training. */
const LOOKS = 60;

/** The best team for each type of questions, and its utility. */
export type BestTeams = Readonly<Record<string, { readonly team: Topology; readonly utility: number }>>;

/** Labels and worlds that the second stage goes on from. */
export interface StageTwoContext {
  /** Teams that are taken for right, by training question. */
  readonly found: readonly FoundTeams[];
  /** The best teams that can be found. */
  readonly best: BestTeams;
  /** The engine that trains. */
  readonly runtime: Runtime;
  /** Who is told how it goes. */
  readonly progress: Progress;
}

/** Trains the network and judges it. */
export async function stageTwo(
  spec: StageTwoSpec,
  { found, best, runtime, progress }: StageTwoContext,
): Promise<{ rows: StageTwoRow[]; model: Model }> {
  const order = spec.order ?? SIMULATED_WORLD.agents.map((_, i) => i);
  const world: SimulatedWorld = {
    ...SIMULATED_WORLD,
    tokenPrice: spec.tokenPrice ?? SIMULATED_WORLD.tokenPrice,
    agents: order.map((i) => SIMULATED_WORLD.agents[i]!),
  };
  const agents = order.length;
  const set = simulatedSet({ seed: spec.seed, agents, train: found.length / MAIN_TASKS.length });
  const roles = order.map((i) => set.roles[i]!);
  const constant = spec.embeddings === "constant";
  const input = (questions: typeof set.train) =>
    networkInput(roles, questions.map(({ embedding }) => constant ? set.train[0]!.embedding : embedding));

  const examples = found.flatMap(({ teams }, q) =>
    teams.map((team) => ({ q, team: reordered(team, order) }))
  );
  const questions = spec.labels === "shuffled"
    ? [...seededRandom(spec.seed, "shuffled labels").permutation(examples.length)].map((i) => examples[i]!.q)
    : examples.map(({ q }) => q);
  const inputs = input(questions.map((q) => set.train[q]!));
  const targets = labelTensors(examples.map(({ team }) => labelOf(team)));

  const released = spec.network === "released";
  const start = released
    ? releasedNetwork({ roleGraph: DOMAINS.coding.roleGraph, seed: spec.seed })
    : directedNetwork({ agents, seed: spec.seed });
  const test = input(set.test);
  const optimum = Object.fromEntries(
    MAIN_TASKS.map((task) => [task, { ...best[task]!, team: reordered(best[task]!.team, order) }]),
  );
  const judge = judgeOf(world, { tasks: set.test.map(({ task }) => task), best: optimum, seed: spec.seed });
  const executions: Execution[] = released
    ? ["released", "skipped", "decoded"]
    : ["decoded", "no link head", "no keep head"];
  const curve: { step: number; utility: number; spread: number }[] = [];
  const batches: BatchSource = {
    stepsPerEpoch: spec.steps,
    batch(_, step) {
      const random = seededRandom(spec.seed, "batches", step);
      const rows = Array.from({ length: BATCH }, () => random.integer(examples.length));
      const taken = Object.entries(targets).map(([name, tensor]) => [name, takeRows(tensor, rows)]);
      return { inputs: { input: takeRows(inputs, rows) }, targets: Object.fromEntries(taken) };
    },
  };
  const { model } = await fit(start, batches, {
    epochs: 1,
    loss: released ? agpLoss(agents) : linkLoss(agents),
    optimizer: adamW({ weightDecay: 0 }),
    schedule: constantRate(spec.rate),
    freeze: released ? releasedFreeze : undefined,
    seed: spec.seed,
    runtime,
    progress,
    watch: {
      everySteps: Math.ceil(spec.steps / LOOKS),
      look: async ({ step, model }) => {
        const { predictions, spread } = await predict(model, test, runtime);
        curve.push({ step, utility: judge(predictions, executions[0]!).utility, spread });
      },
    },
  });
  const { predictions, spread } = await predict(model, test, runtime);
  const rows = executions.map((execution, i): StageTwoRow =>
    withoutUndefined({
      ...spec,
      ...judge(predictions, execution),
      curve: i === 0 ? curve : undefined,
      spread,
    })
  );
  return { rows, model };
}

/** Predictions of a network for questions, and how far it tells agents apart. */
export async function predict(
  model: Model,
  input: ReturnType<typeof networkInput>,
  runtime: Runtime,
): Promise<{ predictions: Prediction[]; spread: number }> {
  const { keep, edges, codes } = await runModel(model, { input }, { runtime });
  const [questions, agents] = keep!.dims as [number, number];
  const [kept, linked] = [numbersOf(keep!), numbersOf(edges!)];
  const predictions = Array.from({ length: questions }, (_, q) => ({
    keep: kept.slice(q * agents, (q + 1) * agents),
    edges: linked.slice(q * agents ** 2, (q + 1) * agents ** 2),
  }));
  return { predictions, spread: agentSpread(floats(codes!), codes!.dims) };
}

/** How the teams of some predictions did. */
export type Judged = Omit<StageTwoRow, keyof StageTwoSpec | "spread" | "curve">;

/** Judges predictions for questions of known types by the exact scores of the teams they come to. */
export function judgeOf(
  world: SimulatedWorld,
  { tasks, best, seed }: { tasks: readonly SimulatedTaskName[]; best: BestTeams; seed: number },
): (predictions: readonly Prediction[], execution: Execution) => Judged {
  const known = new Map<string, Score>();
  const scorers = new Map(MAIN_TASKS.map((task) => [task, exactScorer(world, SIMULATED_TASKS[task])]));
  const score = (task: SimulatedTaskName, team: Topology) => {
    const key = `${task} ${topologyKey(team)}`;
    let found = known.get(key);
    if (!found) known.set(key, found = scorers.get(task)!(callGraph(team)));
    return found;
  };
  const saboteur = world.agents.findIndex(({ alwaysWrong }) => alwaysWrong);
  return (predictions, execution) => {
    let empty = 0;
    const teams = predictions.flatMap((prediction, q) => {
      const random = seededRandom(seed, "drawn teams", q);
      const own = teamsOf(prediction, execution, () => random);
      if (own.wasEmpty) empty++;
      return own.teams.map((team) => ({ q, team, weight: 1 / own.teams.length }));
    });
    const average = (value: (of: typeof teams[number]) => number) =>
      teams.reduce((sum, of) => sum + of.weight * value(of), 0) / predictions.length;
    const scores = (of: typeof teams[number]) => score(tasks[of.q]!, of.team);
    return {
      execution,
      utility: average((of) => scores(of).utility),
      accuracy: average((of) => scores(of).accuracy),
      tokens: average((of) => scores(of).tokens),
      regret: average((of) => best[tasks[of.q]!]!.utility - scores(of).utility),
      exactMask: average((of) => Number(best[tasks[of.q]!]!.team.kept === of.team.kept)),
      saboteur: average((of) => of.team.kept >> saboteur & 1),
      asked: Object.fromEntries(
        world.agents.map(({ role }, i) => [role, average((of) => of.team.kept >> i & 1)]),
      ),
      teams: Object.fromEntries(MAIN_TASKS.map((task) => [
        task,
        describeTeams(world, teams.filter(({ q }) => tasks[q] === task).map(({ team }) => team)),
      ])),
      empty,
    };
  };
}

function teamsOf(
  prediction: Prediction,
  execution: Execution,
  random: () => ReturnType<typeof seededRandom>,
): { teams: Topology[]; wasEmpty: boolean } {
  if (execution === "released" || execution === "skipped") {
    const draws = random();
    const drawn = Array.from({ length: DRAWN }, () => sampleReleased(prediction, draws));
    const wasEmpty = drawn[0]!.topology.kept === 0;
    return { teams: drawn.map((one) => execution === "released" ? one.executed : one.topology), wasEmpty };
  }
  const size = prediction.keep.length;
  const all = new Array<number>(size).fill(1);
  const said = execution === "no keep head" ? { ...prediction, keep: all } : prediction;
  const { topology, wasEmpty } = decodeTeam(said);
  if (execution !== "no link head") return { teams: [topology], wasEmpty };
  const agents = positionsOf(topology.kept);
  return { teams: [fixedTopology("complete", { size, agents, random: random() })], wasEmpty };
}

/** The most frequent of several teams. */
function describeTeams(world: SimulatedWorld, teams: readonly Topology[]): DescribedTeam {
  const groups = [...Map.groupBy(teams, topologyKey).values()];
  const [team] = groups.reduce((most, group) => group.length > most.length ? group : most);
  const size = mean(teams.map(({ kept }) => positionsOf(kept).length));
  return { ...describeTeam(world, team!), size };
}

/** A team by its roles. */
export function describeTeam(world: SimulatedWorld, team: Topology): Omit<DescribedTeam, "size"> {
  const role = (i: number) => world.agents[i]!.role;
  return {
    roles: positionsOf(team.kept).map(role),
    links: linksOf(team).map(([from, to]) => [role(from), role(to)] as const),
  };
}

/** A team of the pool, in another order of the pool. */
function reordered({ kept, parents }: Topology, order: readonly number[]): Topology {
  const place = order.map((_, i) => order.indexOf(i));
  const moved = (bits: number) => positionsOf(bits).reduce((sum, i) => sum | 1 << place[i]!, 0);
  return { kept: moved(kept), parents: order.map((i) => moved(parents[i]!)) };
}
