import { requireOptions } from "../../options.ts";
import { seededRandom } from "../../random.ts";
import { countRows } from "../clicks.ts";
import type { TableMethod } from "./method.ts";
import { wholeRows, type WholeRowsOptions } from "./whole_rows.ts";

/** Keeps so many rows, drawn at random; all their coordinates. */
export function randomRows(options: WholeRowsOptions): TableMethod {
  requireOptions("randomRows", options, { rows: true }, "{ rows: 1000 }, how many stay");
  return wholeRows(
    "random rows",
    options,
    ({ log: { train: { fields } }, seed }) =>
      seededRandom(seed, "random rows").permutation(countRows(fields)),
  );
}
