import { RangeError } from "../errors.ts";
import { type Agent, levels, type Link, type Team } from "./team.ts";

/**
 * Which agents of a pool are kept and who reads whom, as bits: bit i stands for the agent at position i of
 * the pool. It is what a {@linkcode Team} is, in a form that can be counted through, for pools of up to 30.
 */
export interface Topology {
  /** Bits of the agents that are asked. */
  readonly kept: number;
  /** For each agent of the pool, the bits of those it reads; 0 for an agent that is not kept. */
  readonly parents: readonly number[];
}

/** Positions of the bits that are set, lowest first. */
export function positionsOf(bits: number): number[] {
  const positions: number[] = [];
  for (let left = bits; left !== 0; left &= left - 1) positions.push(31 - Math.clz32(left & -left));
  return positions;
}

/** The bits of some positions. */
export function bitsAt(positions: Iterable<number>): number {
  let bits = 0;
  for (const position of positions) bits |= 1 << position;
  return bits;
}

/** Agents of a pool that have a bit each. */
const MOST_AGENTS = 30;

/** @throws RangeError for a pool that has more agents than a number has bits to count with */
export function checkPoolSize(size: number): void {
  if (size >= 1 && size <= MOST_AGENTS) return;
  throw new RangeError(
    `Cannot count the teams of a pool of ${size} agents: expected 1 to ${MOST_AGENTS}; leave some out, or make ` +
      "teams by hand (teamOf)",
  );
}

/**
 * A topology by its kept agents and its links, both by position in a pool of `size`.
 *
 * @throws RangeError for a pool of more than 30 agents
 */
export function topologyOf(size: number, kept: Iterable<number>, links: Iterable<Link>): Topology {
  checkPoolSize(size);
  const parents = new Array<number>(size).fill(0);
  for (const [from, to] of links) parents[to]! |= 1 << from;
  return { kept: bitsAt(kept), parents };
}

/** Links of a topology by position in the pool, ordered by reader. */
export function linksOf({ parents }: Topology): Link[] {
  return parents.flatMap((bits, to) => positionsOf(bits).map((from): Link => [from, to]));
}

/**
 * One text for each topology, so that equal ones are found: `6:0,0,2` keeps agents 1 and 2, and 2 reads 1.
 */
export function topologyKey({ kept, parents }: Topology): string {
  return `${kept}:${parents.join()}`;
}

/** The team that a topology makes of a pool. Agents keep the pool's order. */
export function teamOfTopology(pool: readonly Agent[], topology: Topology): Team {
  const positions = positionsOf(topology.kept);
  const place = new Map(positions.map((position, i) => [position, i]));
  return {
    agents: positions.map((position) => pool[position]!),
    links: linksOf(topology).map(([from, to]): Link => [place.get(from)!, place.get(to)!]),
  };
}

/**
 * The kept agents in an order in which each comes after all that it reads; of several, the one whose
 * positions are lowest, level by level.
 *
 * @throws CyclicTeamError where there is none
 */
export function speakingOrder(topology: Topology): number[] {
  const agents = topology.parents.map((_, i): Agent => ({ role: `${i}`, persona: "" }));
  return levels({ agents, links: linksOf(topology) }).flat().filter((i) => topology.kept >> i & 1);
}

/**
 * All acyclic graphs over the given positions of a pool of `size`, each once: 1, 3, 25, 543, 29,281 for one
 * to five positions (Robinson, 1973). They are built level by level: an agent of a level reads at least one
 * of the level before, and any of the levels before that.
 */
export function acyclicTopologies(size: number, positions: readonly number[]): Topology[] {
  const found: Topology[] = [];
  const kept = bitsAt(positions);
  const parents = new Array<number>(size).fill(0);
  const grow = (last: number, before: number) => {
    const left = kept & ~(last | before);
    if (left === 0) found.push({ kept, parents: [...parents] });
    for (let level = left; level !== 0; level = level - 1 & left) {
      fill(positionsOf(level), 0, last, before, () => grow(level, last | before));
    }
  };
  // Parents of one agent of a new level after the other, in all ways.
  const fill = (level: readonly number[], i: number, last: number, before: number, next: () => void) => {
    if (i === level.length) return next();
    const readable = last | before;
    for (let bits = readable;; bits = bits - 1 & readable) {
      if (last === 0 || (bits & last) !== 0) {
        parents[level[i]!] = bits;
        fill(level, i + 1, last, before, next);
      }
      if (bits === 0) break;
    }
    parents[level[i]!] = 0;
  };
  grow(0, 0);
  return found;
}

/**
 * Every team that a pool of `size` can make: all sets of agents but the empty one, with all acyclic graphs
 * over each; 32,281 of five agents.
 *
 * @throws RangeError for more than five agents, of which there would be millions
 */
export function allTopologies(size: number): Topology[] {
  if (!(size >= 1 && size <= 5)) {
    throw new RangeError(
      `Cannot list all teams of ${size} agents: expected 1 to 5; six make ${
        (3_781_503).toLocaleString("en")
      } ` +
        `graphs with all of them alone. Sample some instead`,
    );
  }
  const all: Topology[] = [];
  for (let kept = 1; kept < 1 << size; kept++) {
    for (const topology of acyclicTopologies(size, positionsOf(kept))) all.push(topology);
  }
  return all;
}
