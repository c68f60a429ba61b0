import type { GraphRow } from "../trace.ts";
import { convolutions } from "./convolution.ts";
import { elementwise } from "./elementwise.ts";
import { indexings } from "./indexing.ts";
import { layouts } from "./layout.ts";
import { linears } from "./linear.ts";
import { normalizations } from "./normalization.ts";
import { windows } from "./window.ts";

export { takesOperands } from "../../prune/rows/table.ts";

/** What every known operator adds to the graph. What an operator without a row reads is carried through as it is. */
export const graphRows: Readonly<Record<string, GraphRow>> = {
  ...elementwise,
  ...convolutions,
  ...linears,
  ...normalizations,
  ...layouts,
  ...indexings,
  ...windows,
};
