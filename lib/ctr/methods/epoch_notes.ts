import { readJsonFile, writeJsonFile } from "../../files/json_file.ts";
import { fields, list, type Schema } from "../../files/schema.ts";

/** What is noted of a model after each epoch. */
export interface EpochNotes<Row extends { step: number }> {
  /** One row per epoch that has ended. */
  rows: Row[];
  /** Notes a row of the epoch that ends now. */
  add(row: Row): Promise<void>;
}

/**
 * Notes beside a checkpoint, which a run that goes on has from the epochs before.
 *
 * @param path file that holds them; without one they are in memory alone
 */
export async function openEpochNotes<Row extends { step: number }>(
  path: string | undefined,
  row: Schema,
): Promise<EpochNotes<Row>> {
  const kept = path && await readJsonFile<{ rows: Row[] }>(path, fields({ rows: list(row) }));
  const rows = kept ? kept.rows : [];
  return {
    rows,
    async add(now) {
      // What was noted of this epoch or a later one is of a run whose checkpoint did not come to be.
      while (rows.length > 0 && rows.at(-1)!.step >= now.step) rows.pop();
      rows.push(now);
      if (path) await writeJsonFile(path, { rows }, "notes of a training");
    },
  };
}
