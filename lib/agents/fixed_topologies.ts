import type { Random } from "../random.ts";
import type { Agent, Link, Team } from "./team.ts";
import { type Topology, topologyOf } from "./topology.ts";

/** Name of a way to connect agents without looking at the question. */
export type FixedTopologyName = "chain" | "star" | "complete" | "layered" | "random" | "unlinked";

/** Links of one way to connect agents, by their places in a list. */
type Wiring = (count: number, random: Random) => Link[];

const pairs = (count: number): Link[] =>
  Array.from({ length: count }, (_, from) => from).flatMap((from) =>
    Array.from({ length: count - from - 1 }, (_, i): Link => [from, from + 1 + i])
  );

/**
 * The graphs that multi-agent work compares with, as AGP's release and its forerunners build them: each agent
 * speaks to the next; the first to all others; all to all that come later; half of them, drawn at random, to
 * the other half; each pair with probability one half; nobody to anybody.
 */
const WIRINGS: Readonly<Record<FixedTopologyName, Wiring>> = {
  chain: (count) => pairs(count).filter(([from, to]) => to === from + 1),
  star: (count) => pairs(count).filter(([from]) => from === 0),
  complete: (count) => pairs(count),
  layered: (count, random) => {
    const order = [...random.permutation(count)];
    const [first, second] = [order.slice(0, Math.floor(count / 2)), order.slice(Math.floor(count / 2))];
    return first.flatMap((from) => second.map((to): Link => [from, to]));
  },
  random: (count, random) => pairs(count).filter(() => random.uniform() < 0.5),
  unlinked: () => [],
};

/** All ways to connect agents without looking at the question, by name. */
export const FIXED_TOPOLOGIES: readonly FixedTopologyName[] = Object.keys(WIRINGS) as FixedTopologyName[];

/**
 * Agents of a pool connected in a fixed way, in the order given. `layered` and `random` draw from `random`.
 */
export function fixedTopology(
  name: FixedTopologyName,
  { size, agents, random }: { size: number; agents: readonly number[]; random: Random },
): Topology {
  const links = WIRINGS[name](agents.length, random);
  return topologyOf(size, agents, links.map(([from, to]): Link => [agents[from]!, agents[to]!]));
}

/**
 * A debate: nobody reads anybody at first, and in each later round everybody reads what all said in the one
 * before (Du and others, "Improving factuality and reasoning in language models through multiagent debate",
 * 2023).
 */
export function debate(
  { size, agents, rounds = 2 }: { size: number; agents: readonly number[]; rounds?: number },
): { topology: Topology; rounds: number; temporal: readonly Link[] } {
  const temporal = agents.flatMap((from) => agents.map((to): Link => [from, to]));
  return { topology: topologyOf(size, agents, []), rounds, temporal };
}

/** All agents of a pool, each reading all before it: what a question costs where nobody is pruned. */
export function fullTeam(pool: readonly Agent[]): Team {
  return { agents: pool, links: pairs(pool.length) };
}
