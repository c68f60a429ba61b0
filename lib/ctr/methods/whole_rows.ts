import { requireNumbers } from "../../bounds.ts";
import { maskOf } from "../tables/masked_table.ts";
import type { CtrTask, TableMethod } from "./method.ts";

/** Settings of methods that keep whole rows. */
export interface WholeRowsOptions {
  /** Number of rows that stay. */
  rows: number;
}

/** Keeps so many rows, the first ones of an order; all their coordinates. */
export function wholeRows(
  name: string,
  { rows }: WholeRowsOptions,
  order: (task: CtrTask) => Uint32Array,
): TableMethod {
  requireNumbers(`keep rows by ${name}`, { rows }, { whole: true, from: 0 });
  return {
    name,
    choose(task) {
      const { log: { train: { fields } }, features } = task;
      const all = order(task);
      const kept = new Uint8Array(all.length);
      for (const row of all.subarray(0, rows)) kept[row] = 1;
      const sizes = fields.map(({ size }) => size);
      return Promise.resolve({ mask: maskOf(kept, { widths: sizes.map(() => features), sizes, features }) });
    },
  };
}
