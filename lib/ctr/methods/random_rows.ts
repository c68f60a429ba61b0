import { seededRandom } from "../../random.ts";
import { countRows } from "../clicks.ts";
import { maskOf } from "../tables/masked_table.ts";
import type { TableMethod } from "./method.ts";

/** Keeps so many rows, drawn at random; all their coordinates. */
export function randomRows({ rows }: { rows: number }): TableMethod {
  return {
    name: "random rows",
    choose({ log: { train: { fields } }, features, seed }) {
      const kept = new Uint8Array(countRows(fields));
      for (const row of seededRandom(seed, "random rows").permutation(kept.length).subarray(0, rows)) {
        kept[row] = 1;
      }
      const sizes = fields.map(({ size }) => size);
      return Promise.resolve({ mask: maskOf(kept, { widths: sizes.map(() => features), sizes, features }) });
    },
  };
}
