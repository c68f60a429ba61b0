import { requireOptions } from "../../options.ts";
import { countIds } from "../clicks.ts";
import type { TableMethod } from "./method.ts";
import { wholeRows, type WholeRowsOptions } from "./whole_rows.ts";

/** Keeps so many rows, those that are looked up most in the training part; all their coordinates. */
export function frequency(options: WholeRowsOptions): TableMethod {
  requireOptions("frequency", options, { rows: true }, "{ rows: 1000 }, how many stay");
  return wholeRows("frequency", options, ({ log: { train } }) => {
    const counts = countIds(train);
    return Uint32Array.from(counts, (_, i) => i).sort((a, b) => counts[b]! - counts[a]! || a - b);
  });
}
