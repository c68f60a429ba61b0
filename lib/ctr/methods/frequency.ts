import { countIds } from "../clicks.ts";
import { maskOf } from "../tables/masked_table.ts";
import type { TableMethod } from "./method.ts";

/** Keeps so many rows, those that are looked up most in the training part; all their coordinates. */
export function frequency({ rows }: { rows: number }): TableMethod {
  return {
    name: "frequency",
    choose({ log: { train }, features }) {
      const counts = countIds(train);
      const order = Uint32Array.from(counts, (_, i) => i).sort((a, b) => counts[b]! - counts[a]! || a - b);
      const kept = new Uint8Array(counts.length);
      for (const row of order.subarray(0, rows)) kept[row] = 1;
      const sizes = train.fields.map(({ size }) => size);
      return Promise.resolve({ mask: maskOf(kept, { widths: sizes.map(() => features), sizes, features }) });
    },
  };
}
