import { RangeError } from "../../errors.ts";
import { requireOptions } from "../../options.ts";
import type { Random } from "../../random.ts";
import type { Link } from "../team.ts";
import { bitsAt, positionsOf, type Topology } from "../topology.ts";

/** A network's output for one question. */
export interface Prediction {
  /** Chance of each agent to be kept. */
  readonly keep: ArrayLike<number>;
  /** Chance of each link, row by row from row to column, [N × N]. */
  readonly edges: ArrayLike<number>;
}

/** Settings of {@linkcode decodeTeam}. */
export interface DecodeOptions {
  /** An agent is kept where its chance is above this. Default 0.5. */
  keepAbove?: number | undefined;
  /** A link is drawn where its chance is above this. Default 0.5. */
  linkAbove?: number | undefined;
}

/** A decoded team, and whether it had to be saved from being empty. */
export interface Decoded {
  /** The team. */
  readonly topology: Topology;
  /** Whether no agent was above the threshold, so that the likeliest one alone was kept. */
  readonly wasEmpty: boolean;
}

/**
 * The team that a network says, the same whenever it is asked: agents above the threshold, and links above it
 * from the likeliest down, but for those that would close a circle. The agents' order decides nothing but
 * exact ties.
 *
 * @throws RangeError where a chance is not a number
 */
export function decodeTeam(
  { keep, edges }: Prediction,
  options: DecodeOptions = {},
): Decoded {
  requireOptions("decodeTeam", options, { keepAbove: true, linkAbove: true });
  const { keepAbove = 0.5, linkAbove = 0.5 } = options;
  const size = keep.length;
  const all = Array.from({ length: size }, (_, i) => i);
  for (const chance of [...Array.from(keep), ...Array.from(edges)]) {
    if (Number.isNaN(chance)) {
      throw new RangeError(
        "Cannot make a team: expected chances, found NaN among what the network says; it was trained on labels " +
          "without anybody kept, or at too high a rate: train it anew",
      );
    }
  }
  let kept = all.filter((i) => keep[i]! > keepAbove);
  const wasEmpty = kept.length === 0;
  if (wasEmpty) kept = [all.reduce((best, i) => keep[i]! > keep[best]! ? i : best)];
  const pairs = kept.flatMap((from) => kept.filter((to) => to !== from).map((to) => from * size + to))
    .filter((pair) => edges[pair]! > linkAbove)
    .sort((a, b) => edges[b]! - edges[a]!);
  const parents = new Array<number>(size).fill(0);
  for (const pair of pairs) {
    const [from, to] = [Math.floor(pair / size), pair % size];
    if (!reaches(parents, to, from)) parents[to]! |= 1 << from;
  }
  return { topology: { kept: bitsAt(kept), parents }, wasEmpty };
}

/** Whether what the one agent says comes to the other, over any number of links. */
function reaches(parents: readonly number[], from: number, to: number): boolean {
  let seen = 1 << to;
  for (let fresh = seen; fresh !== 0;) {
    let next = 0;
    for (const i of positionsOf(fresh)) next |= parents[i]!;
    fresh = next & ~seen;
    seen |= next;
  }
  return (seen >> from & 1) === 1;
}

/** A team drawn as AGP's release draws it. */
export interface Sampled {
  /** Kept agents, which may be none, and their links. */
  readonly topology: Topology;
  /** Topology that the release runs: agents that are not kept are called all the same, without links. */
  readonly executed: Topology;
  /** Links that could be drawn when it was their turn. */
  readonly open: readonly Link[];
}

/**
 * The team that AGP's release makes of what a network says, also when it is tested: agents above 0.55 are
 * kept; ordered pairs of them are visited row by row, and each link that closes no circle is drawn by its
 * chance. So whoever comes first in the pool speaks to the others more often than they to it.
 */
export function sampleReleased({ keep, edges }: Prediction, random: Random): Sampled {
  const size = keep.length;
  const kept = Array.from({ length: size }, (_, i) => i).filter((i) => keep[i]! > 0.55);
  const parents = new Array<number>(size).fill(0);
  const open: Link[] = [];
  for (const from of kept) {
    for (const to of kept) {
      if (from === to || reaches(parents, to, from)) continue;
      open.push([from, to]);
      if (random.uniform() < edges[from * size + to]!) parents[to]! |= 1 << from;
    }
  }
  const topology = { kept: bitsAt(kept), parents };
  return { topology, executed: { kept: (1 << size) - 1, parents }, open };
}

/**
 * How alike a network's agents have become: the spread of what it knows of them, over the spread across
 * questions and agents together, 0 where all agents are one. Graph convolutions over a complete graph give 0.
 *
 * @param codes [questions, agents, values], row by row
 */
export function agentSpread(codes: ArrayLike<number>, dims: readonly number[]): number {
  const [questions, agents, values] = dims as [number, number, number];
  let [within, total, square, sum] = [0, 0, 0, 0];
  for (let v = 0; v < values; v++) {
    [square, sum] = [0, 0];
    for (let q = 0; q < questions; q++) {
      let [s, ss] = [0, 0];
      for (let i = 0; i < agents; i++) {
        const x = codes[(q * agents + i) * values + v]!;
        s += x;
        ss += x * x;
      }
      within += ss - s * s / agents;
      square += ss;
      sum += s;
    }
    total += square - sum * sum / (questions * agents);
  }
  return total > 0 ? Math.sqrt(Math.max(0, within) / total) : 0;
}
