import { each, type LearnedInput, type OperatorFacts } from "./facts.ts";

const bias: LearnedInput = { role: "bias", loose: true };
const bound: LearnedInput = { role: "bias", loose: true, named: true };
const scale: LearnedInput = { role: "scale", loose: true };

const ofEach = (since: number, ofZero: "zero" | "other" | "pole"): OperatorFacts => ({
  since,
  elementwise: "unary",
  ofZero,
});

/** Functions of every element by itself, or of elements at the same place. */
export const elementwise = {
  ...each(ofEach(1, "zero"), "Abs", "Ceil", "Elu", "Floor", "LeakyRelu", "Neg", "Relu"),
  ...each(ofEach(1, "zero"), "Selu", "Softsign", "Sqrt", "Tanh"),
  ...each(ofEach(1, "other"), "Exp", "HardSigmoid", "Not", "Sigmoid", "Softplus"),
  ...each(ofEach(1, "pole"), "Log", "Reciprocal"),
  ...each(ofEach(7, "zero"), "Asin", "Atan", "Sin", "Tan"),
  ...each(ofEach(7, "other"), "Acos", "Cos"),
  ...each(ofEach(9, "zero"), "Asinh", "Atanh", "Erf", "Shrink", "Sign", "Sinh"),
  ...each(ofEach(9, "other"), "Cosh", "IsNaN"),
  Acosh: ofEach(9, "pole"),
  IsInf: ofEach(10, "other"),
  ThresholdedRelu: ofEach(10, "zero"),
  Round: ofEach(11, "zero"),
  Celu: ofEach(12, "zero"),
  HardSwish: ofEach(14, "zero"),
  Mish: ofEach(18, "zero"),
  BitwiseNot: ofEach(18, "other"),
  Gelu: ofEach(20, "zero"),
  Swish: ofEach(24, "zero"),
  ...each(ofEach(1, "zero"), "com.microsoft:Gelu", "com.microsoft:QuickGelu", "ScaledTanh"),
  ...each(ofEach(1, "other"), "Affine", "ParametricSoftplus"),
  // Espalier's own: the first input, whose gradient goes to the second. Engines are given an Identity.
  "espalier:StraightThrough": { since: 1, view: "first" },
  // What it makes of zero depends on its bounds.
  Clip: { since: 1, reshapes: true },
  Cast: { ...ofEach(1, "zero"), view: "first", rearranges: true },
  Identity: { ...ofEach(1, "zero"), view: "first", rearranges: true },
  Dropout: { ...ofEach(1, "zero"), random: true },
  CastLike: { ...ofEach(15, "zero"), view: "first", sizes: [1] },
  ImageScaler: { since: 1 },
  QuantizeLinear: { since: 10, quantized: true },
  DequantizeLinear: { since: 10, view: "first", quantized: true },
  DynamicQuantizeLinear: { since: 11 },
  "com.microsoft:BiasGelu": { since: 1, learned: { 1: { role: "bias" } } },
  "com.microsoft:FastGelu": { since: 1, learned: { 1: { role: "bias" } } },

  ...each({ since: 1, elementwise: "broadcast", learned: { 0: bias, 1: bias }, zeros: [0, 1] }, "Add", "Sub"),
  Sum: {
    since: 1,
    elementwise: "broadcast",
    learned: { 0: bias, 1: bias, 2: bias, 3: bias },
    zeros: [0, 1, 2, 3],
  },
  Mul: { since: 1, elementwise: "broadcast", learned: { 0: scale, 1: scale }, zeros: [0, 1] },
  ...each({ since: 1, elementwise: "broadcast", learned: { 0: scale, 1: scale } }, "Div", "Pow"),
  PRelu: { since: 1, elementwise: "broadcast", learned: { 1: { role: "slope" } } },
  ...each({ since: 1, elementwise: "broadcast", learned: { 0: bound, 1: bound } }, "Max", "Min"),
  ...each({ since: 1, elementwise: "broadcast" }, "And", "Equal", "Greater", "Less"),
  ...each({ since: 1, elementwise: "broadcast" }, "Mean", "Or", "Xor"),
  Where: { since: 9, elementwise: "broadcast", learned: { 1: bound, 2: bound } },
  Mod: { since: 10, elementwise: "broadcast" },
  BitShift: { since: 11, elementwise: "broadcast" },
  ...each({ since: 12, elementwise: "broadcast" }, "GreaterOrEqual", "LessOrEqual"),
  ...each({ since: 18, elementwise: "broadcast" }, "BitwiseAnd", "BitwiseOr", "BitwiseXor"),
} as const satisfies Record<string, OperatorFacts>;
