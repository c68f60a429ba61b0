import { type CallGraph, callGraph } from "../call_graph.ts";
import type { Topology } from "../topology.ts";
import { chanceOfBelief, chanceOfDecision, chanceOfStep, heard } from "./behaviour.ts";
import { simulatedTokens } from "./tokens.ts";
import type { SimulatedTask, SimulatedWorld } from "./world.ts";

/** Value of a team on a type of questions. */
export interface Score {
  /** Chance to be right. */
  readonly accuracy: number;
  /** Tokens of a question. */
  readonly tokens: number;
  /** `accuracy` minus the price of the tokens. */
  readonly utility: number;
}

/** Utility of an accuracy at a number of tokens. */
export function utilityOf(world: SimulatedWorld, accuracy: number, tokens: number): number {
  return accuracy - world.tokenPrice * tokens / 1000;
}

/**
 * Scores teams for one type of questions exactly: the chances of all states of all agents, which follow from
 * one another along the graph, are added up. An agent's state is how many steps are done as far as it knows,
 * or that it is in error, or, where calls may fail, that it gave no answer.
 */
export function exactScorer(world: SimulatedWorld, task: SimulatedTask): (graph: CallGraph) => Score {
  const parts = lots(world).map(({ weight, world }) => ({ weight, accuracy: exactAccuracy(world, task) }));
  return (graph) => {
    const accuracy = parts.reduce((sum, part) => sum + part.weight * part.accuracy(graph), 0);
    const tokens = simulatedTokens(world, task, graph);
    return { accuracy, tokens, utility: utilityOf(world, accuracy, tokens) };
  };
}

/** Scores of topologies, in their order. */
export function scoreTopologies(
  world: SimulatedWorld,
  task: SimulatedTask,
  topologies: readonly Topology[],
): Score[] {
  const score = exactScorer(world, task);
  return topologies.map((topology) => score(callGraph(topology)));
}

/**
 * A world with errors that agents share is a mixture of worlds without: with one draw u for all, each agent's
 * failures become errors where u lies below its chance, so between two such chances all is certain.
 */
function lots(world: SimulatedWorld): { weight: number; world: SimulatedWorld }[] {
  const { sharedErrors = 0, agents } = world;
  if (sharedErrors === 0) return [{ weight: 1, world }];
  const ends = [...new Set([0, ...agents.map(({ confidentError }) => confidentError), 1])].sort((a, b) =>
    a - b
  );
  const shared = ends.slice(1).map((end, i) => ({
    weight: sharedErrors * (end - ends[i]!),
    world: {
      ...world,
      agents: agents.map((agent) => ({ ...agent, confidentError: agent.confidentError >= end ? 1 : 0 })),
    },
  }));
  return [{ weight: 1 - sharedErrors, world }, ...shared];
}

/** The chance to be right, by a walk through all states of all calls. */
function exactAccuracy(world: SimulatedWorld, task: SimulatedTask): (graph: CallGraph) => number {
  const { agents, timeouts = 0 } = world;
  const done = task.steps.length;
  const lost = { error: done + 1, silent: done + 2 };
  const { error, silent } = lost;
  const believed = agents.map(() => new Map<number, number>());
  const reached = agents.map(() => new Map<number, Float64Array>());
  const belief = (agent: number, errors: number) =>
    remembered(believed[agent]!, errors, () => chanceOfBelief(agents[agent]!, errors));
  // From each level on, with so many messages: chances of all states but silence, for one who believed
  // nothing.
  const progress = (agent: number, level: number, messages: number) =>
    remembered(reached[agent]!, level + (done + 1) * messages, () => {
      const chances = new Float64Array(done + 2);
      let left = 1;
      for (let step = level; step < done; step++) {
        const success = chanceOfStep(world, task, agents[agent]!, { step, messages });
        chances[error]! += left * (1 - success) * agents[agent]!.confidentError;
        chances[step]! += left * (1 - success) * (1 - agents[agent]!.confidentError);
        left *= success;
      }
      chances[done]! += left;
      return chances;
    });

  return ({ calls, answers }) => {
    const states = new Int8Array(calls.length);
    const walk = (place: number): number => {
      if (place === calls.length) {
        let [right, wrong] = [0, 0];
        for (const answer of answers) {
          if (states[answer] === done) right++;
          else if (states[answer] === error) wrong++;
        }
        return chanceOfDecision(world, right, wrong);
      }
      const { agent, reads } = calls[place]!;
      const { messages, errors, level } = heard(reads, states, lost);
      const goOn = (state: number) => {
        states[place] = state;
        return walk(place + 1);
      };
      const fooled = belief(agent, errors);
      let chance = fooled > 0 ? fooled * goOn(error) : 0;
      if (fooled < 1) {
        const chances = progress(agent, level, messages);
        for (let state = 0; state < chances.length; state++) {
          if (chances[state]! > 0) chance += (1 - fooled) * chances[state]! * goOn(state);
        }
      }
      return timeouts === 0 ? chance : (1 - timeouts) * chance + timeouts * goOn(silent);
    };
    return walk(0);
  };
}

function remembered<T>(known: Map<number, T>, key: number, make: () => T): T {
  let value = known.get(key);
  if (value === undefined) known.set(key, value = make());
  return value;
}
