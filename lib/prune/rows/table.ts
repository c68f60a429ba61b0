import { convolutions } from "./convolution.ts";
import { elementwise } from "./elementwise.ts";
import { indexings } from "./indexing.ts";
import { layouts } from "./layout.ts";
import { linears } from "./linear.ts";
import { normalizations } from "./normalization.ts";
import { reductions } from "./reduce.ts";
import type { ChannelRow } from "./row.ts";
import { sizes } from "./sizes.ts";
import { windows } from "./window.ts";

/** Operators whose inputs may all have channels; the others take settings after the first input. */
export const takesOperands: ReadonlySet<string> = new Set(
  ("Add Sub Sum Mean Max Min Mul Div Pow PRelu Where Mod And Or Xor Equal Less LessOrEqual Greater GreaterOrEqual " +
    "Conv ConvTranspose MatMul Gemm Concat BatchNormalization InstanceNormalization GroupNormalization " +
    "LayerNormalization RMSNormalization").split(" "),
);

/** Operators whose rows work where labels repeat along an axis, as those of heads do along N·heads. */
export const takesOuter: ReadonlySet<string> = new Set([
  ...Object.keys(elementwise),
  ..."Reshape Flatten Squeeze Unsqueeze Transpose MatMul Softmax LogSoftmax Shape Size".split(" "),
]);

/** What every known operator does to channels. An operator without a row is a boundary. */
export const channelRows: Readonly<Record<string, ChannelRow>> = {
  ...elementwise,
  ...convolutions,
  ...linears,
  ...normalizations,
  ...layouts,
  ...indexings,
  ...reductions,
  ...windows,
  ...sizes,
};
