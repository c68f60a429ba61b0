import { COUNT, requireNumbers, SHARE } from "../../bounds.ts";
import { RangeError } from "../../errors.ts";
import { count, fields, list, number } from "../../files/schema.ts";
import { type OptionNames, requireOptions, withDefaults } from "../../options.ts";
import { type Random, seededRandom } from "../../random.ts";
import { type Budget, capOf, orderFor, requireBudget, requireReachable, type Scored } from "./budget.ts";
import { stopSignal } from "../../stop.ts";

/** Settings of {@linkcode searchDimensions}. */
export interface SearchOptions {
  /** Number of fields. */
  fields: number;
  /** Most coordinates of a field. */
  features: number;
  /** Area and share of a vector of dimensions; the same vector gives the same numbers. */
  score: (dimensions: readonly number[]) => Promise<{ auc: number; share: number }>;
  /** A closer look at the area of one vector, which decides among the best few. Default: none is taken. */
  rescore?: ((dimensions: readonly number[]) => Promise<number>) | undefined;
  /** How many are looked at closely. Default 5. */
  finalists?: number | undefined;
  /** Generations of the search. Default 30. */
  generations?: number | undefined;
  /** Children of a generation that are one parent, mutated. Default 10. */
  mutations?: number | undefined;
  /** Children of a generation that are made of two parents. Default 10. */
  crossovers?: number | undefined;
  /** Best vectors so far that children are made of. Default 15. */
  parents?: number | undefined;
  /** Probability that a mutation draws an entry anew. Default 0.1. */
  rate?: number | undefined;
  /** Preference of the search between area and size. Default: the highest area. */
  budget?: Budget | undefined;
  /** Seed of the search. Default 0. */
  seed?: number | undefined;
  /**
   * A search that was stopped, which goes on as if it had not been; of one that went further, what was known
   * after as many generations as are asked for.
   */
  from?: SearchState | undefined;
  /** Is given the search after each generation, to be kept. */
  keep?: ((state: SearchState) => void | Promise<void>) | undefined;
  /** Ends the search after the vector at hand, with its reason. */
  signal?: AbortSignal | undefined;
}

/** Names of {@linkcode SearchOptions}. */
export const SEARCH_OPTIONS: OptionNames<SearchOptions> = {
  fields: true,
  features: true,
  score: true,
  rescore: true,
  finalists: true,
  generations: true,
  mutations: true,
  crossovers: true,
  parents: true,
  rate: true,
  budget: true,
  seed: true,
  from: true,
  keep: true,
  signal: true,
};

/** All that a search knows: plain data. */
export interface SearchState {
  /** Generations done. */
  generation: number;
  /** Every vector that was scored, in the order in which they were. */
  archive: Scored[];
  /** The best and the middle area of what is known, generation by generation. */
  history: { generation: number; best: number; median: number; evaluations: number }[];
}

/** Shape of a {@linkcode SearchState} in a file. */
export const SEARCH_STATE = fields({
  generation: count,
  archive: list(fields({ dimensions: list(count), auc: number, share: number })),
  history: list(fields({ generation: count, best: number, median: number, evaluations: count })),
});

/** Result of {@linkcode searchDimensions}. */
export interface SearchResult extends SearchState {
  /** The best vector ever scored, by the budget; where finalists were looked at, the best of them. */
  best: Scored;
  /** The finalists with their areas at a closer look, the best one first. */
  finalists?: Scored[];
}

const DEFAULTS = { generations: 30, mutations: 10, crossovers: 10, parents: 15, finalists: 5, rate: 0.1 };

/** Attempts to make a child that is not known yet, before it is left out. */
const ATTEMPTS = 50;

/**
 * Evolutionary search for the dimensions of each field: OptEmbed's, as it is described. Vectors are scored
 * once, and never changed; parents are the best ever scored; a child that is known already is drawn again;
 * and what is returned is the best of all.
 *
 * A cap, which that source does not have, steers: one coordinate of each field is scored first, vectors are
 * drawn of lengths that fit, and mutation of a parent that does not fit shortens.
 *
 * Source: Lyu and others, "OptEmbed", CIKM 2022, section on evolutionary search; after Guo and others,
 * "Single path one-shot neural architecture search", ECCV 2020.
 *
 * @throws RangeError where a setting cannot be meant, nothing fits under a cap, or a search that is to go on
 * went further and does not say what it knew by then
 */
export async function searchDimensions(options: SearchOptions): Promise<SearchResult> {
  requireOptions("searchDimensions", options, SEARCH_OPTIONS);
  const { features, generations, mutations, crossovers, parents, finalists, rate, ...given } = settled(
    options,
  );
  const { fields, score, rescore, budget, seed = 0, keep } = given;
  const signal = stopSignal(given.signal);
  const from = asOf(generations, given.from ?? { generation: 0, archive: [], history: [] });
  const archive = [...from.archive], history = [...from.history];
  const cap = capOf(budget);
  const most = cap < 1 ? await beginShortest(archive, options) : features;
  const known = new Set(archive.map(({ dimensions }) => dimensions.join()));
  const ranked = () => archive.toSorted(orderFor(budget, highest(archive)));
  for (let generation = from.generation; generation < generations; generation++) {
    const random = seededRandom(seed, "search", generation);
    const best = ranked().slice(0, parents);
    const draw = (): number[] => Array.from({ length: fields }, () => 1 + random.integer(most));
    const mutant = (): number[] => {
      const { dimensions, share } = pick(best, random);
      return mutate(dimensions, { features, rate, random, shorten: share > cap });
    };
    const mixture = (): number[] => cross(best.map(({ dimensions }) => dimensions), random);
    for (let i = 0; i < mutations + crossovers; i++) {
      signal?.throwIfAborted();
      const make = generation === 0 ? draw : i < mutations ? mutant : mixture;
      const child = unknown(make, known) ?? unknown(draw, known);
      if (child === undefined) continue;
      known.add(child.join());
      archive.push({ dimensions: child, ...await score(child) });
    }
    const aucs = ranked().map(({ auc }) => auc);
    const top = aucs.slice(0, parents);
    history.push({
      generation: generation + 1,
      best: aucs[0]!,
      median: top.toSorted((a, b) => a - b)[top.length >> 1]!,
      evaluations: archive.length,
    });
    await keep?.({ generation: generation + 1, archive, history });
  }
  const state = { generation: generations, archive, history };
  const [best] = ranked();
  if (rescore === undefined) return { ...state, best: best! }; // of one vector at least
  const looked = await lookClosely(ranked().slice(0, finalists), rescore, budget);
  return { ...state, best: looked[0]!, finalists: looked };
}

/** A search as it was after so many generations, or as it is where it has not gone so far. */
function asOf(generations: number, state: SearchState): SearchState {
  const { generation, archive, history } = state;
  if (generation <= generations) return state;
  const last = history.findIndex((row) => row.generation === generations);
  const evaluations = history[last]?.evaluations ?? Infinity;
  if (evaluations > archive.length) {
    throw new RangeError(
      `Cannot go back to ${generations} generations of a search of ${generation}: its history does not say ` +
        `which vectors it knew by then; ask for ${generation} at least, or begin anew`,
    );
  }
  return {
    generation: generations,
    archive: archive.slice(0, evaluations),
    history: history.slice(0, last + 1),
  };
}

/** Settings with their defaults, which a search can be made by. */
function settled(options: SearchOptions) {
  const settings = withDefaults(DEFAULTS, options);
  const { fields, features, generations, mutations, crossovers, parents, finalists, rate } = settings;
  const action = "search for dimensions";
  requireNumbers(action, { fields, features, generations, parents, finalists }, COUNT);
  requireNumbers(action, { mutations, crossovers }, { whole: true, from: 0 });
  requireNumbers(action, { "mutations and crossovers": mutations + crossovers }, COUNT);
  requireNumbers(action, { rate }, SHARE);
  requireBudget(options.budget);
  return settings;
}

/**
 * Scores one coordinate of each field, where that is not known, as the first of an archive.
 *
 * @returns most coordinates of a field to begin with: as many of each are about the cap
 * @throws RangeError where even one is too many
 */
async function beginShortest(
  archive: Scored[],
  { fields, features, score, budget }: SearchOptions,
): Promise<number> {
  const dimensions = Array.from({ length: fields }, () => 1);
  let shortest = archive.find((one) => one.dimensions.join() === dimensions.join());
  if (shortest === undefined) archive.push(shortest = { dimensions, ...await score(dimensions) });
  requireReachable(budget, shortest.share);
  // A share is a sum over fields, each in proportion to its coordinates.
  return shortest.share > 0 ? Math.min(features, Math.ceil(capOf(budget) / shortest.share)) : features;
}

/** Vectors with the areas of a closer look, the best one first. */
async function lookClosely(
  vectors: readonly Scored[],
  rescore: NonNullable<SearchOptions["rescore"]>,
  budget: Budget | undefined,
): Promise<Scored[]> {
  const looked: Scored[] = [];
  for (const one of vectors) looked.push({ ...one, auc: await rescore(one.dimensions) });
  return looked.toSorted(orderFor(budget, highest(looked)));
}

/** The highest area of what was scored. */
export function highest(archive: readonly Scored[]): number {
  return archive.reduce((most, { auc }) => Math.max(most, auc), -Infinity);
}

function unknown(make: () => number[], known: ReadonlySet<string>): number[] | undefined {
  for (let i = 0; i < ATTEMPTS; i++) {
    const child = make();
    if (!known.has(child.join())) return child;
  }
  return undefined;
}

function pick<T>(values: readonly T[], random: Random): T {
  return values[random.integer(values.length)]!;
}

/** A copy of a vector, each entry drawn anew with some probability; to shorten, from those not above it. */
export function mutate(
  parent: readonly number[],
  { features, rate, random, shorten }: { features: number; rate: number; random: Random; shorten: boolean },
): number[] {
  return parent.map((entry) =>
    random.uniform() < rate ? 1 + random.integer(shorten ? entry : features) : entry
  );
}

/** The head of one vector and the tail of another, cut at a place between two fields. */
export function cross(parents: readonly (readonly number[])[], random: Random): number[] {
  const first = random.integer(parents.length);
  const other = parents.length > 1
    ? (first + 1 + random.integer(parents.length - 1)) % parents.length
    : first;
  const [a, b] = [parents[first]!, parents[other]!];
  if (a.length < 2) return [...a];
  const cut = 1 + random.integer(a.length - 1);
  return [...a.slice(0, cut), ...b.slice(cut)];
}
