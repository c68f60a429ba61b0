import { attentions } from "./attention.ts";
import type { Rows } from "./call.ts";
import { controlFlow } from "./control_flow.ts";
import { elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { layouts } from "./layout.ts";
import { linear } from "./linear.ts";
import { normalizations } from "./normalization.ts";
import { reductions } from "./reduce.ts";
import { sources } from "./sources.ts";
import { windows } from "./window.ts";

/** Types and shapes of every known operator's outputs. */
export const shapeRows: Rows = {
  ...elementwise,
  ...windows,
  ...linear,
  ...attentions,
  ...normalizations,
  ...reductions,
  ...layouts,
  ...indexing,
  ...sources,
  ...controlFlow,
};
