import { positionsOf, speakingOrder, type Topology } from "./topology.ts";

/** One call of an agent, and what it reads. */
export interface Call {
  /** Position of the agent in the pool. */
  readonly agent: number;
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

/** Settings of {@linkcode callGraph}. */
export interface CallGraphOptions {
  /** How often the team goes through its graph. Default 1. */
  rounds?: number;
  /**
   * For each agent of the pool, the bits of those whose answer of the round before it reads. Default: itself
   * alone.
   */
  temporal?: readonly number[];
}

/** The calls of a team: its graph, once per round; the decision reads the last round. */
export function callGraph(topology: Topology, { rounds = 1, temporal }: CallGraphOptions = {}): CallGraph {
  const { parents } = topology;
  const order = speakingOrder(topology);
  const calls: Call[] = [];
  let before = new Map<number, number>();
  for (let round = 0; round < rounds; round++) {
    const now = new Map<number, number>();
    for (const agent of order) {
      const earlier = round === 0 ? 0 : temporal?.[agent] ?? 1 << agent;
      const reads = [
        ...positionsOf(parents[agent]!).map((parent) => now.get(parent)!),
        ...positionsOf(earlier & topology.kept).map((parent) => before.get(parent)!),
      ];
      now.set(agent, calls.length);
      calls.push({ agent, reads, stream: round * parents.length + agent });
    }
    before = now;
  }
  return { calls, answers: [...before.values()] };
}

/** One agent asked several times, of which the most frequent answer counts: self-consistency. */
export function repeatedCalls(agent: number, times: number): CallGraph {
  const places = Array.from({ length: times }, (_, place) => place);
  return { calls: places.map((stream) => ({ agent, reads: [], stream })), answers: places };
}
