import { TypeError } from "../../errors.ts";
import { requireOptions } from "../../options.ts";
import { seededRandom } from "../../random.ts";
import type { Scored } from "./budget.ts";
import { highest, SEARCH_OPTIONS, type SearchOptions, type SearchResult } from "./evolution.ts";
import { stopSignal } from "../../stop.ts";

/** A candidate as the released code holds it: one list that mutation writes into. */
interface Candidate {
  dimensions: number[];
}

/**
 * The search of OptEmbed's released code, mistakes and all, for comparison. Candidates are sorted by area,
 * but the list of areas is not, so that the record compares the area of whoever came first; mutation changes
 * the parent itself, the recorded winner among them; the place where two parents are cut is drawn from the
 * coordinates instead of the fields, so that most children are copies; the first coordinate alone is never
 * drawn again; and no vector survives but by chance. Told from github.com/fuyuanlyu/OptEmbed at 0feda5f,
 * `evolution.py`.
 *
 * @throws TypeError where there is a budget
 * @returns as `best` what the released code would store, with its own area, and in the archive all that was
 * scored
 */
export async function releasedSearch(options: SearchOptions): Promise<SearchResult> {
  requireOptions("releasedSearch", options, SEARCH_OPTIONS);
  const { fields, features, generations = 30, mutations = 10, crossovers = 10, rate = 0.1, seed = 0 } =
    options;
  if (options.budget !== undefined) {
    throw new TypeError(
      "Cannot search as released within a budget, of which that search knows nothing: leave it out, or use " +
        "searchDimensions",
    );
  }
  const signal = stopSignal(options.signal);
  const random = seededRandom(seed, "released search");
  const archive: Scored[] = [];
  const history: SearchResult["history"] = [];
  let population: Candidate[] = Array.from({ length: mutations + crossovers }, () => ({
    dimensions: Array.from({ length: fields }, () => 1 + random.integer(features)),
  }));
  let record = -Infinity;
  let winner = population[0]!;
  for (let generation = 0; generation < generations; generation++) {
    const scored: Scored[] = [];
    for (const { dimensions } of population) {
      signal?.throwIfAborted();
      scored.push({ dimensions: [...dimensions], ...await options.score(dimensions) });
    }
    archive.push(...scored);
    const order = scored.map((_, i) => i).toSorted((a, b) => scored[b]!.auc - scored[a]!.auc || a - b);
    const sorted = order.map((i) => population[i]!);
    if (scored[0]!.auc > record) {
      record = scored[0]!.auc;
      winner = sorted[0]!;
    }
    history.push({
      generation: generation + 1,
      best: highest(archive),
      median: scored.map(({ auc }) => auc).toSorted((a, b) => a - b)[scored.length >> 1]!,
      evaluations: archive.length,
    });
    if (generation + 1 === generations) break;
    const mutated = sorted.slice(0, mutations).map((parent) => {
      for (let i = 0; i < fields; i++) {
        // 2 … D: a single coordinate is never drawn.
        if (random.uniform() < rate) parent.dimensions[i] = 2 + random.integer(Math.max(1, features - 1));
        parent.dimensions[i] = Math.min(features, parent.dimensions[i]!);
      }
      return parent;
    });
    const best = sorted.slice(0, mutations + 1);
    const crossed = Array.from({ length: crossovers }, (): Candidate => {
      const [a, b] = [best[random.integer(best.length)]!, best[random.integer(best.length)]!];
      const cut = 1 + random.integer(features);
      return { dimensions: [...a.dimensions.slice(0, cut), ...b.dimensions.slice(cut)] };
    });
    population = [...mutated, ...crossed];
  }
  const dimensions = [...winner.dimensions];
  return {
    generation: generations,
    archive,
    history,
    best: { dimensions, ...await options.score(dimensions) },
  };
}

/** Scores of as many vectors drawn at random: what a search has to beat. */
export async function randomSearch(
  options: Pick<SearchOptions, "fields" | "features" | "score" | "seed"> & { evaluations: number },
): Promise<SearchResult> {
  requireOptions("randomSearch", options, {
    seed: true,
    score: true,
    fields: true,
    features: true,
    evaluations: true,
  });
  const random = seededRandom(options.seed ?? 0, "random search");
  const archive: Scored[] = [];
  for (let i = 0; i < options.evaluations; i++) {
    const dimensions = Array.from({ length: options.fields }, () => 1 + random.integer(options.features));
    archive.push({ dimensions, ...await options.score(dimensions) });
  }
  const best = archive.reduce((a, b) => b.auc > a.auc ? b : a);
  const history = [{ generation: 1, best: best.auc, median: best.auc, evaluations: archive.length }];
  return { generation: 1, archive, history, best };
}
