import type { GraphRow } from "../trace.ts";
import { convolutions } from "./convolution.ts";
import { elementwise } from "./elementwise.ts";
import { indexings } from "./indexing.ts";
import { layouts } from "./layout.ts";
import { linears } from "./linear.ts";
import { operatorsThat, type OperatorTable } from "../../onnx/operators/table.ts";
import { normalizations } from "./normalization.ts";
import { recurrents } from "./recurrent.ts";
import { windows } from "./window.ts";

/**
 * Operators whose inputs may all have channels or parameters; the others take settings after the first input.
 */
export const takesOperands: ReadonlySet<string> = new Set(
  operatorsThat(({ elementwise, learned, view }) =>
    elementwise === "broadcast" || view === "all" || Object.keys(learned ?? {}).some((input) => input !== "0")
  ),
);

/**
 * Contribution of every known operator to the graph. What an operator without a row reads is carried through
 * as it is.
 */
export const graphRows: OperatorTable<GraphRow> = {
  ...elementwise,
  ...convolutions,
  ...linears,
  ...normalizations,
  ...layouts,
  ...indexings,
  ...recurrents,
  ...windows,
};
