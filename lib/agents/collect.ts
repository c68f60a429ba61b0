import { COUNT, requireNumbers } from "../bounds.ts";
import { RangeError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import type { Random } from "../random.ts";
import { wilsonInterval } from "../statistics/intervals.ts";
import { bitsAt, checkPoolSize, type Topology } from "./topology.ts";

/** A team that was tried on a question, with all its outcomes, the failures too. */
export interface Trial<T = Topology> {
  /** The team. */
  readonly team: T;
  /** Number of runs on the question. */
  readonly runs: number;
  /** Number of runs in which the answer was right. */
  readonly successes: number;
}

/** Settings of {@linkcode sampleTeam}. */
export interface SampleTeamOptions {
  /** Agents of the pool. */
  size: number;
  /**
   * Fewest agents of a team. Default 2, as in the paper, which so never finds that one would do; 1 where the
   * pool has no more.
   */
  least?: number | undefined;
  /** Deviation of the number of agents, whose mean is half of the pool; at most 1000. Default 1. */
  deviation?: number | undefined;
}

/** Deviations from the mean within which a size has to be: not one draw in a million is farther off. */
const FARTHEST = 5;

/**
 * The largest deviation: sizes are as good as uniform long before it, and one draw in 2,600 still is one that
 * a pool has.
 */
const WIDEST = 1000;

/**
 * A team as AGP's first stage samples it: the number of agents is normal around half of the pool, drawn again
 * where it is out of range; which ones, uniform; and a random graph of them, each pair linked with
 * probability one half along a random order.
 *
 * @throws RangeError for a pool of more than 30 agents, for sizes that it has not, and for such that are so
 * far from half of the pool that hardly any draw would be one
 */
export function sampleTeam(
  random: Random,
  options: SampleTeamOptions,
): Topology {
  requireOptions("sampleTeam", options, { size: true, least: true, deviation: true });
  const { size, least = Math.min(2, size), deviation = 1 } = options;
  checkPoolSize(size);
  requireNumbers("sample a team", { size }, COUNT);
  requireNumbers("sample a team", { least }, { ...COUNT, to: size });
  requireNumbers("sample a team", { deviation }, { above: 0, to: WIDEST });
  if (least - 0.5 - size / 2 > FARTHEST * deviation) {
    throw new RangeError(
      `Cannot sample a team with least ${least}: teams have ${
        size / 2
      } agents on average, with a deviation of ` +
        `${deviation}; ask for fewer, or raise the deviation`,
    );
  }
  let order = 0;
  do order = Math.round(random.normal(size / 2, deviation)); while (order < least || order > size);
  const chosen = random.permutation(size).subarray(0, order);
  const parents = new Array<number>(size).fill(0);
  for (let to = 1; to < order; to++) {
    const links = random.bits();
    for (let from = 0; from < to; from++) {
      if (links >> from & 1) parents[chosen[to]!]! |= 1 << chosen[from]!;
    }
  }
  return { kept: bitsAt(chosen), parents };
}

/** Runs a team on the question at hand so many times, and says how often it was right. */
export type Ask<T> = (team: T, times: number) => number | Promise<number>;

/** Runs each team equally often, as the paper does. */
export async function tryEqually<T>(teams: Iterable<T>, repeats: number, ask: Ask<T>): Promise<Trial<T>[]> {
  const trials: Trial<T>[] = [];
  for (const team of teams) {
    const successes = ask(team, repeats);
    trials.push({
      team,
      runs: repeats,
      successes: typeof successes === "number" ? successes : await successes,
    });
  }
  return trials;
}

/** Settings of {@linkcode successiveHalving}. */
export interface HalvingOptions<T> {
  /** Runs in all. */
  budget: number;
  /** How many teams are left at the end. Default 2. */
  keep?: number | undefined;
  /** Worth of a trial, by which the better half goes on. Default the mean of its outcomes. */
  score?: ((trial: Trial<T>) => number) | undefined;
}

/**
 * Runs teams in rounds of equal cost, after each of which the worse half is left alone: doubtful teams are
 * given up early, and the best are known well (Karnin, Koren, Somekh, "Almost optimal exploration in
 * multi-armed bandits", 2013). All trials are returned.
 *
 * @throws RangeError where the budget does not let each team run once, or `keep` is no number of teams
 */
export async function successiveHalving<T>(
  teams: readonly T[],
  ask: Ask<T>,
  options: HalvingOptions<T>,
): Promise<Trial<T>[]> {
  requireOptions("successiveHalving", options, { budget: true, keep: true, score: true });
  const { budget, keep = 2, score = ({ runs, successes }) => successes / runs } = options;
  requireNumbers("try teams", { keep }, COUNT);
  requireNumbers("try teams", { budget }, { from: 0 });
  const rounds = Math.max(1, Math.ceil(Math.log2(teams.length / keep)));
  if (budget / rounds < teams.length) {
    throw new RangeError(
      `Cannot try ${teams.length} teams with ${budget} runs: expected at least ${
        teams.length * rounds
      }, which ` +
        `halve them ${rounds} times; sample fewer teams`,
    );
  }
  const trials = teams.map((team) => ({ team, runs: 0, successes: 0 }));
  let left = trials;
  for (let round = 0; round < rounds; round++) {
    const times = Math.floor(budget / rounds / left.length);
    for (const trial of left) {
      trial.successes += await ask(trial.team, times);
      trial.runs += times;
    }
    left = left.toSorted((a, b) => score(b) - score(a)).slice(0, Math.max(keep, Math.ceil(left.length / 2)));
  }
  return trials;
}

/**
 * The accuracy that a trial shows at least, by Wilson's interval: a team that was lucky once is not taken for
 * one that is good.
 */
export function accuracyAtLeast(
  { runs, successes }: Pick<Trial, "runs" | "successes">,
  level = 0.9,
): number {
  return wilsonInterval(successes, runs, { level }).low;
}

/** The best trials by a score, best first; of equal ones the first. */
export function bestTrials<T>(
  trials: readonly Trial<T>[],
  score: (trial: Trial<T>) => number,
  count = 2,
): Trial<T>[] {
  const scored = trials.map((trial) => ({ trial, value: score(trial) }));
  return scored.sort((a, b) => b.value - a.value).slice(0, count).map(({ trial }) => trial);
}
