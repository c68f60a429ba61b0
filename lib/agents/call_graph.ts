import { RangeError } from "../errors.ts";
import type { OptionNames } from "../options.ts";
import { levels, type Link, type Team } from "./team.ts";
import { positionsOf, speakingOrder, type Topology } from "./topology.ts";

/** One call of an agent, and what it reads. */
export interface Call {
  /** Position of the agent, in the team or in the pool, as the graph was made of either. */
  readonly agent: number;
  /** Round, from 0. */
  readonly round: number;
  /** Calls whose answers are in the prompt, by place in {@linkcode CallGraph.calls}; all come before. */
  readonly reads: readonly number[];
  /**
   * Which chances are this call's own, so that one agent has the same luck in two teams that are compared.
   */
  readonly stream: number;
}

/** Every call that answers a question, in an order in which it can be made, and what is decided from. */
export interface CallGraph {
  /** The calls. */
  readonly calls: readonly Call[];
  /** Calls that the decision reads, by place in `calls`. */
  readonly answers: readonly number[];
}

/** Settings of {@linkcode callGraph} and {@linkcode callsOfTeam}. */
export interface CallGraphOptions {
  /** How often the team goes through its graph. Default 1. */
  readonly rounds?: number | undefined;
  /**
   * From the second round on, who reads whose answer of the round before, by position. Default: everybody
   * their own.
   */
  readonly temporal?: readonly Link[] | undefined;
}

/** Names of {@linkcode CallGraphOptions}. */
export const CALL_GRAPH_OPTIONS: OptionNames<CallGraphOptions> = { rounds: true, temporal: true };

/** The calls of a topology: its graph, once per round; the decision reads the last round. */
export function callGraph(topology: Topology, options: CallGraphOptions = {}): CallGraph {
  const { parents, kept } = topology;
  const reads = (agent: number) => positionsOf(parents[agent]!);
  const isKept = (agent: number) => (kept >> agent & 1) === 1;
  return callsIn({ order: speakingOrder(topology), size: parents.length, reads, isKept }, options);
}

/**
 * The calls of a team, of any size: what is asked, what is simulated and what is counted all follow it.
 *
 * @throws CyclicTeamError where nobody could begin; RangeError where a link names a position that the team
 * has not
 */
export function callsOfTeam(team: Team, options: CallGraphOptions = {}): CallGraph {
  const size = team.agents.length;
  const outside = options.temporal?.flat().find((place) => !team.agents[place]);
  if (outside !== undefined) {
    throw new RangeError(
      `Cannot order the calls of the team: a temporal link names agent ${outside}, who is not in it; expected ` +
        `positions from 0 to ${size - 1}`,
    );
  }
  return callsIn(
    { order: levels(team).flat(), size, reads: readBy(team.links), isKept: () => true },
    options,
  );
}

/** Whom each agent reads, by position, each once and lowest first. */
function readBy(links: readonly Link[]): (agent: number) => number[] {
  return (agent) =>
    [...new Set(links.filter(([, to]) => to === agent).map(([from]) => from))].sort((a, b) => a - b);
}

function callsIn(
  { order, size, reads, isKept }: {
    order: readonly number[];
    size: number;
    reads: (agent: number) => readonly number[];
    isKept: (agent: number) => boolean;
  },
  { rounds = 1, temporal }: CallGraphOptions,
): CallGraph {
  const readBefore = temporal ? readBy(temporal) : (agent: number) => [agent];
  const calls: Call[] = [];
  let before = new Map<number, number>();
  for (let round = 0; round < rounds; round++) {
    const now = new Map<number, number>();
    for (const agent of order) {
      const earlier = round === 0 ? [] : readBefore(agent).filter(isKept);
      const read = [
        ...reads(agent).map((from) => now.get(from)!),
        ...earlier.map((from) => before.get(from)!),
      ];
      now.set(agent, calls.length);
      calls.push({ agent, round, reads: read, stream: round * size + agent });
    }
    before = now;
  }
  return { calls, answers: [...before].sort(([a], [b]) => a - b).map(([, place]) => place) };
}

/** One agent asked several times, of which the most frequent answer counts: self-consistency. */
export function repeatedCalls(agent: number, times: number): CallGraph {
  const places = Array.from({ length: times }, (_, place) => place);
  return { calls: places.map((stream) => ({ agent, round: 0, reads: [], stream })), answers: places };
}
