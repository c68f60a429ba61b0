import { RangeError, TypeError } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { mean } from "../statistics/describe.ts";
import type { Model } from "../onnx/model.ts";
import type { Progress } from "../progress.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { float32, isTensor, numbersOf } from "../tensor/tensor.ts";
import { fit } from "../train/fit.ts";
import { adamW } from "../train/optimizers.ts";
import { constantRate } from "../train/schedules.ts";
import { withRuntime } from "../train/with_runtime.ts";
import type { TextEmbedder } from "./embedders.ts";
import { decodeTeam } from "./networks/decode.ts";
import { directedNetwork } from "./networks/directed.ts";
import { labelOf, labelTensors, networkInput } from "./networks/examples.ts";
import { linkLoss } from "./networks/losses.ts";
import { checkLearnedPool, withLearnedPool } from "./learned_pool.ts";
import type { Agent, Team } from "./team.ts";
import { teamOfTopology, type Topology } from "./topology.ts";

/**
 * A pool with a network that knows which of its agents a question needs. Its model can be saved (`saveModel`)
 * and loaded by itself; with the same pool and embedder it is the same chooser.
 */
export interface TeamChooser {
  /** All agents, in the network's order. */
  readonly pool: readonly Agent[];
  /** The network, of the inputs and outputs of `directedNetwork`. */
  readonly model: Model;
  /** Embeds the questions and roles that it chooses by. */
  readonly embedder: TextEmbedder;
}

/** A question, and teams that were found good for it: what the first stage gives. */
export interface FoundForQuestion {
  /** Text of the question. */
  readonly question: string;
  /** Teams, of which each counts as an example. */
  readonly teams: readonly Topology[];
}

/** Settings of {@linkcode trainTeamChooser}. */
export interface TrainTeamChooserOptions {
  /** Times that all examples are gone through. Default: so that there are about 600 steps. */
  epochs?: number | undefined;
  /** Examples of a step. Default 32. */
  batchSize?: number | undefined;
  /** Learning rate of Adam. Default 0.005. */
  rate?: number | undefined;
  /** Seed of weights and shuffling. Default 0. */
  seed?: number | undefined;
  /** A chooser to go on from, such as one with an agent more. Default: weights that are drawn. */
  from?: TeamChooser | undefined;
  /** Who is told how it goes. Default: nobody. */
  progress?: Progress | undefined;
  /** The engine that trains. Default: the best one there is, opened for this and closed after it. */
  runtime?: Runtime | undefined;
}

/** Names of {@linkcode TrainTeamChooserOptions}. */
const TRAIN_TEAM_CHOOSER_OPTIONS: OptionNames<TrainTeamChooserOptions> = {
  epochs: true,
  batchSize: true,
  rate: true,
  seed: true,
  from: true,
  progress: true,
  runtime: true,
};

/**
 * Trains a network on teams that were found for questions: who is kept, and who reads whom. Roles are
 * embedded by their personas. With `from`, teams that were found for fewer agents count as teams of the first
 * ones of the pool, as `withNewAgent` leaves them.
 *
 * @throws RangeError where there is no example, or a team or `from` is of another pool
 */
export async function trainTeamChooser(
  pool: readonly Agent[],
  found: readonly FoundForQuestion[],
  embedder: TextEmbedder,
  options: TrainTeamChooserOptions = {},
): Promise<TeamChooser> {
  requireOptions("trainTeamChooser", options, TRAIN_TEAM_CHOOSER_OPTIONS);
  const { epochs, batchSize = 32, rate = 0.005, seed = 0, from, progress, runtime } = options;
  // Teams of the pool before it grew: whoever came in since is in none of them.
  const widened = (team: Topology): Topology => {
    const more = from ? Math.max(0, pool.length - team.parents.length) : 0;
    return { ...team, parents: [...team.parents, ...new Array<number>(more).fill(0)] };
  };
  const examples = found.flatMap(({ question, teams }) =>
    teams.map((team) => ({ question, team: widened(team) }))
  );
  const other = examples.find(({ team }) => team.parents.length !== pool.length);
  if (examples.length === 0 || other) {
    throw new RangeError(
      `Cannot train on teams of ${pool.length} agents: expected at least one, found ${
        other
          ? `one of a pool of ${other.team.parents.length}`
          : found.length > 0
          ? "none: no team was right on any question, see `trials`"
          : "none"
      }`,
    );
  }
  if (from) checkLearnedPool({ pool, model: from.model, embedder });
  const roles = await embedder.embed(pool.map(rolesText));
  const questions = await embedder.embed(examples.map(({ question }) => question));
  const start = from?.model ?? directedNetwork({ agents: pool.length, embedding: embedder.values, seed });
  const { model } = await fit(start, {
    inputs: networkInput(roles, questions),
    targets: labelTensors(examples.map(({ team }) => labelOf(team))),
  }, {
    epochs: epochs ?? Math.ceil(600 / Math.ceil(examples.length / batchSize)),
    batchSize,
    loss: linkLoss(pool.length),
    optimizer: adamW({ weightDecay: 0 }),
    schedule: constantRate(rate),
    seed,
    progress,
    runtime,
  });
  return { pool, model: withLearnedPool(model, pool), embedder };
}

/**
 * The team for each question: the same whenever it is asked, and without a call of any language model. What
 * `askQuestions` takes as its choice of teams, question by question.
 *
 * @throws RangeError where the network was trained for another pool, or with embeddings of another size
 */
export async function chooseTeams(
  { pool, model, embedder }: TeamChooser,
  questions: readonly string[],
  options: { runtime?: Runtime } = {},
): Promise<Team[]> {
  requireOptions("chooseTeams", options, { runtime: true });
  const { runtime } = options;
  checkLearnedPool({ pool, model, embedder });
  const roles = await embedder.embed(pool.map(rolesText));
  const input = networkInput(roles, await embedder.embed(questions));
  return await withRuntime(runtime, async (engine) => {
    const session = await engine.session(model);
    const { keep, edges } = await session.run({ input }).finally(() => session.release());
    const [kept, linked] = [numbersOf(keep!), numbersOf(edges!)];
    const n = pool.length;
    return questions.map((_, q) => {
      const { topology } = decodeTeam({
        keep: kept.slice(q * n, (q + 1) * n),
        edges: linked.slice(q * n * n, (q + 1) * n * n),
      });
      return teamOfTopology(pool, topology);
    });
  });
}

/** The text of an agent that is embedded. */
const rolesText = ({ role, persona }: Agent) => `${role}. ${persona}`;

/**
 * A chooser whose pool has one agent more, with all that it has learned: the new agent is known by its
 * persona, as all are, and its links begin with what pairs have on average. Whether it is kept is a guess
 * until it was trained: go on with this as `from`, on the teams that were found before and new ones together.
 * With new ones alone it forgets the others.
 *
 * @throws RangeError where the pool has an agent of that role
 */
export function withNewAgent({ pool, model, embedder }: TeamChooser, agent: Agent): TeamChooser {
  if (pool.some(({ role }) => role === agent.role)) {
    throw new RangeError(
      `Cannot add an agent: expected a role that the pool has not, found "${agent.role}"; rename it`,
    );
  }
  const n = pool.length;
  const width = model.graph.initializers.get("encoder.bias")!.dims[0]!;
  const larger = directedNetwork({ agents: n + 1, embedding: embedder.values, width });
  const initializers = new Map(larger.graph.initializers);
  for (const name of initializers.keys()) {
    const learned = model.graph.initializers.get(name);
    if (learned && /\.(weight|bias)$/.test(name)) initializers.set(name, learned);
  }
  const pairs = model.graph.initializers.get("pair.bias")!;
  if (!isTensor(pairs)) throw new TypeError("Cannot add an agent: the network's pairs are no numbers");
  const known = numbersOf(pairs);
  const between = known.filter((_, at) => at % (n + 1) !== 0);
  const average = mean(between);
  const grown = Array.from({ length: (n + 1) ** 2 }, (_, at) => {
    const [i, j] = [Math.floor(at / (n + 1)), at % (n + 1)];
    return i < n && j < n ? known[i * n + j]! : i === j ? 0 : average;
  });
  initializers.set("pair.bias", float32(grown, [n + 1, n + 1]));
  const more = [...pool, agent];
  return {
    pool: more,
    model: withLearnedPool(larger.withGraph({ ...larger.graph, initializers }), more),
    embedder,
  };
}
