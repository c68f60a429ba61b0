import { RangeError } from "../errors.ts";
import { countRows, type Field, offsetsOf } from "./clicks.ts";

/** Rows that the ids of a batch look up; good until the next batch. */
export interface DistinctRows {
  /** Each row once, in the order in which they first come. */
  rows: Int32Array;
  /** Where among them each look-up finds its own. */
  places: Int32Array;
  /** The row of each look-up. */
  looks: Int32Array;
}

/**
 * Finds each row of a batch once, among the rows of one table for all fields.
 *
 * @returns a function of ids, [batch, fields], each counted within its field; it throws RangeError where one
 * is none of its field's
 */
export function distinctRows(fields: readonly Field[]): (ids: Int32Array) => DistinctRows {
  const offsets = Int32Array.from(offsetsOf(fields)), sizes = Int32Array.from(fields, ({ size }) => size);
  const width = fields.length;
  /** For each row the batch that it came in last, and its place there, side by side: one of memory's lines. */
  const seen = new Int32Array(2 * countRows(fields));
  let batch = 0;
  /** One row more than there can be: the last look-up writes behind the last row. */
  const room = (length: number): DistinctRows => ({
    rows: new Int32Array(length + 1),
    places: new Int32Array(length),
    looks: new Int32Array(length),
  });
  let all = room(0);
  return (ids) => {
    if (batch === 2 ** 31 - 1) {
      seen.fill(0);
      batch = 0;
    }
    batch++;
    if (ids.length > all.places.length) all = room(ids.length);
    const { rows, places, looks } = all;
    let known = 0;
    for (let start = 0; start < ids.length; start += width) {
      for (let f = 0; f < width; f++) {
        const id = ids[start + f]!;
        if (!(id >= 0 && id < sizes[f]!)) refuse(fields[f]!, id, start / width);
        const row = id + offsets[f]!;
        // Without a branch: half of them would be guessed wrong, and then wait for memory. None is ahead of batch.
        const isNew = (seen[2 * row]! - batch) >>> 31;
        const place = known + ((seen[2 * row + 1]! - known) & (isNew - 1));
        seen[2 * row] = batch;
        seen[2 * row + 1] = place;
        rows[known] = row;
        known += isNew;
        places[start + f] = place;
        looks[start + f] = row;
      }
    }
    return {
      rows: rows.subarray(0, known),
      places: places.subarray(0, ids.length),
      looks: looks.subarray(0, ids.length),
    };
  };
}

function refuse({ name, size }: Field, id: number, row: number): never {
  throw new RangeError(
    `Cannot look up row ${row} of a batch: expected ids from 0 to ${
      size - 1
    } of field "${name}", found ${id}`,
  );
}
