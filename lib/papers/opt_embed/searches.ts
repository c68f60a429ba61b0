import { dimensionScorer } from "../../ctr/methods/dimension_scorer.ts";
import { keptRows } from "../../ctr/methods/opt_embed.ts";
import { randomSearch, releasedSearch } from "../../ctr/search/released.ts";
import { searchDimensions } from "../../ctr/search/evolution.ts";
import type { SyntheticLog } from "../../ctr/synthetic_log.ts";
import type { Workplace } from "../../ctr/train_ctr.ts";
import type { Model } from "../../onnx/model.ts";
import { optEmbedOptions } from "./methods.ts";
import { type BaseSpec, taskOf } from "./run.ts";

/** A way to search for dimensions. */
export type SearchName = "as described" | "as released" | "at random";

/** All ways to search for dimensions, in the order of their rows. */
export const SEARCHES: readonly SearchName[] = ["as described", "as released", "at random"];

/** Searches on the supernet of one run. */
export interface SearchSpec extends BaseSpec {
  /** Seed of the run. */
  seed: number;
}

/** Result of a search, or of one change of dimensions. */
export interface SearchRow {
  /** Way of searching; `profile`: one field alone is shortened. */
  way: SearchName | "profile";
  /** Seed of the run. */
  seed: number;
  /** Area on the validation rows of what was returned. */
  auc: number;
  /** The highest area that was seen on the way. */
  best: number;
  /** Vectors that were scored. */
  evaluations: number;
  /** Best area so far, generation by generation. */
  history: { generation: number; best: number; median: number }[];
  /** In a profile: the field that is shortened, and to how many coordinates. */
  shortened?: { field: string; dimensions: number };
}

/** Lengths to which single fields are shortened. */
const PROFILE = [1, 2, 4];

/** All searches with as many evaluations, on the same supernet and the same rows, and its profile. */
export async function runSearches(
  spec: SearchSpec,
  { log, supernet }: { log: SyntheticLog; supernet: Model },
  place: Workplace,
): Promise<SearchRow[]> {
  const { seed, features, supernet: { generations } } = spec;
  const { fields } = log.train;
  const rows = keptRows(supernet, fields, optEmbedOptions(spec));
  const scorer = await dimensionScorer(supernet, rows, {
    task: taskOf(spec, log, place),
    clicks: log.validation,
  });
  // The released search asks for the same vectors again and again.
  const known = new Map<string, { auc: number; share: number }>();
  const score = async (dimensions: readonly number[]) => {
    const key = dimensions.join();
    const found = known.get(key) ?? await scorer.score(dimensions);
    known.set(key, found);
    return found;
  };
  try {
    const common = { fields: fields.length, features, seed, score };
    const options = { ...common, generations };
    const searches = {
      "as described": await searchDimensions(options),
      "as released": await releasedSearch(options),
      "at random": await randomSearch({ ...common, evaluations: 20 * generations }),
    };
    const found = SEARCHES.map((way): SearchRow => {
      const { best, archive, history } = searches[way];
      const highest = Math.max(...archive.map(({ auc }) => auc));
      const evaluations = archive.length;
      return {
        way,
        seed,
        auc: best.auc,
        best: highest,
        evaluations,
        history: history.map(({ ...row }) => row),
      };
    });
    const full = fields.map(() => features);
    const whole = await score(full);
    const profile: SearchRow[] = [];
    for (const [f, { name }] of fields.entries()) {
      for (const dimensions of PROFILE.filter((d) => d < features)) {
        const { auc } = await score(full.with(f, dimensions));
        const shortened = { field: name, dimensions };
        profile.push({ way: "profile", seed, auc, best: whole.auc, evaluations: 1, history: [], shortened });
      }
    }
    return [...found, ...profile];
  } finally {
    await scorer.release();
  }
}
