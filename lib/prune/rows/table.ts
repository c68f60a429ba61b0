import { operatorsThat, type OperatorTable, type OpName } from "../../onnx/operators/table.ts";
import { attentions } from "./attention.ts";
import { convolutions } from "./convolution.ts";
import { einsums } from "./einsum.ts";
import { elementwise } from "./elementwise.ts";
import { indexings } from "./indexing.ts";
import { layouts } from "./layout.ts";
import { linears } from "./linear.ts";
import { productsOfCodes } from "./matmul_nbits.ts";
import { normalizations } from "./normalization.ts";
import { quantizations } from "./quantization.ts";
import { recurrents } from "./recurrent.ts";
import { reductions } from "./reduce.ts";
import type { ChannelRow } from "./row.ts";
import { scatters } from "./scatter.ts";
import { sizes } from "./sizes.ts";
import { windows } from "./window.ts";

/** Operators whose rows work where labels repeat along an axis, as those of heads do along N·heads. */
export const takesRepeats: ReadonlySet<string> = new Set<OpName>([
  ...operatorsThat(({ elementwise }) => elementwise),
  ...[
    "Clip",
    "Reshape",
    "Flatten",
    "Squeeze",
    "Unsqueeze",
    "Transpose",
    "MatMul",
    "Softmax",
    "LogSoftmax",
  ] as const,
  ...["Shape", "Size"] as const,
]);

/** Effect of every known operator on channels. An operator without a row is a boundary. */
export const channelRows: OperatorTable<ChannelRow> = {
  ...elementwise,
  ...convolutions,
  ...linears,
  ...productsOfCodes,
  ...einsums,
  ...attentions,
  ...normalizations,
  ...layouts,
  ...indexings,
  ...scatters,
  ...recurrents,
  ...reductions,
  ...quantizations,
  ...windows,
  ...sizes,
};
