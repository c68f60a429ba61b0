import { randomSearch, releasedSearch } from "../../ctr/search/released.ts";
import { searchDimensions } from "../../ctr/search/evolution.ts";
import { seededRandom } from "../../random.ts";

/** Results of searches on the easy score, run by run. */
export interface EasyRow {
  /** Number of fields. */
  fields: number;
  /** The log that has so many. */
  log: string;
  /** The search as described. */
  described: number[];
  /** The search as released: what it returned. */
  released: number[];
  /** The search as released: the best that it saw. */
  releasedBest: number[];
  /** Results of as many vectors drawn at random. */
  random: number[];
}

/** Coordinates of a full vector in all published runs. */
const FEATURES = 64;

/** The logs of the paper, by how many fields they have. */
const LOGS = [{ log: "KDD12", fields: 11 }, { log: "Avazu", fields: 24 }, { log: "Criteo", fields: 39 }];

/**
 * Searches on a score that is easy to climb: 1 less the mean distance of the dimensions from a target, in
 * parts of all coordinates. With as many fields and coordinates as the published runs have, which the small
 * supernets have not.
 */
export async function searchEasyScore({ runs }: { runs: number }): Promise<EasyRow[]> {
  const rows: EasyRow[] = [];
  for (const { log, fields } of LOGS) {
    const row: EasyRow = { log, fields, described: [], released: [], releasedBest: [], random: [] };
    for (let seed = 0; seed < runs; seed++) {
      const random = seededRandom(seed, "easy score", fields);
      const target = Array.from({ length: fields }, () => 1 + random.integer(FEATURES));
      const score = (dimensions: readonly number[]) => {
        const distance = dimensions.reduce((sum, d, f) => sum + Math.abs(d - target[f]!), 0);
        return Promise.resolve({ auc: 1 - distance / fields / FEATURES, share: 1 });
      };
      const options = { fields, features: FEATURES, score, seed };
      const released = await releasedSearch(options);
      row.described.push((await searchDimensions(options)).best.auc);
      row.released.push(released.best.auc);
      row.releasedBest.push(released.archive.reduce((most, { auc }) => Math.max(most, auc), 0));
      row.random.push((await randomSearch({ ...options, evaluations: 600 })).best.auc);
    }
    rows.push(row);
  }
  return rows;
}
