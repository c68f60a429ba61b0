import { attention } from "./operator_cases/attention.ts";
import type { Case } from "./operator_cases/case.ts";
import { einsums } from "./operator_cases/einsum.ts";
import { binary, unary } from "./operator_cases/elementwise.ts";
import { indexing } from "./operator_cases/indexing.ts";
import { layout } from "./operator_cases/layout.ts";
import { linear } from "./operator_cases/linear.ts";
import { normalization } from "./operator_cases/normalization.ts";
import { quantization } from "./operator_cases/quantization.ts";
import { recurrents } from "./operator_cases/recurrent.ts";
import { reduction } from "./operator_cases/reduction.ts";
import { window } from "./operator_cases/window.ts";

export type { Case };

/** Every operator that has a row, by its name and then what is particular; more than one way where it has more. */
export const OPERATOR_CASES: Record<string, Case> = {
  ...unary,
  ...binary,
  ...linear,
  ...einsums,
  ...attention,
  ...recurrents,
  ...quantization,
  ...normalization,
  ...layout,
  ...indexing,
  ...reduction,
  ...window,
};
