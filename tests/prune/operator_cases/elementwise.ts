import { float } from "../../../lib/onnx/attribute.ts";
import type { Value } from "../../../lib/onnx/builder.ts";
import type { Net } from "../net.ts";
import { type Attributes, type Case, each, one, SHAPE, whole } from "./case.ts";

/** Made fit for the operator by another before it. */
const behind = (op: string, before: (n: Net, x: Value) => Value): Record<string, Case> => ({
  [op]: { shape: SHAPE, build: (n, x) => n.op(op, [before(n, x)]) },
});

const truth = (n: Net, x: Value) => n.op("Greater", [x, n.number(0)]);

const natural = (n: Net, x: Value) =>
  n.op("Cast", [n.op("Abs", [n.op("Mul", [x, n.number(5)])])], { to: 13 });

export const unary: Record<string, Case> = {
  ...each(
    "Relu LeakyRelu ThresholdedRelu Elu Selu Celu Gelu Tanh Erf HardSwish Mish Softsign Abs Neg Sign Floor Ceil Round " +
      "Sin Sinh Asinh Tan Atan Identity Dropout Sigmoid HardSigmoid Exp Softplus Cos Cosh IsNaN IsInf Shrink",
    (op) => ({ [op]: one(op, SHAPE) }),
  ),
  // Experiments that later operator sets took back.
  ...each("Affine ScaledTanh ParametricSoftplus", (op) => ({
    [op]: { ...one(op, SHAPE, { alpha: float(2), beta: float(0.5) }), opsets: { "": 9 } },
  })),
  Swish: { ...one("Swish", SHAPE), opsets: { "": 24 } },
  Cast: one("Cast", SHAPE, { to: 11 }),
  ...behind("Not", truth),
  ...behind("BitwiseNot", whole),
  ...behind("Sqrt", (n, x) => n.op("Abs", [x])),
  ...each("Log Reciprocal", (op) => behind(op, (n, x) => n.op("Exp", [x]))),
  ...each("Asin Acos Atanh", (op) => behind(op, (n, x) => n.op("Sin", [x]))),
  ...behind("Acosh", (n, x) => n.op("Add", [n.op("Exp", [x]), n.number(1)])),
  ...each("Gelu QuickGelu", (op) => ({
    [`com.microsoft:${op}`]: {
      shape: SHAPE,
      build: (n: Net, x: Value) => n.g.node(op, [x], {}, { domain: "com.microsoft" })[0]!,
    },
  })),
  "Reciprocal of what may be zero": one("Reciprocal", SHAPE),
  "Log of what may be zero": { shape: SHAPE, build: (n, x) => n.op("Log", [n.op("Abs", [x])]) },
  "Clip about zero": { shape: SHAPE, build: (n, x) => n.op("Clip", [x, n.number(-0.5), n.number(0.5)]) },
  "Clip above zero": { shape: SHAPE, build: (n, x) => n.op("Clip", [x, n.number(0.5), n.number(2)]) },
  "Dropout's mask": {
    shape: SHAPE,
    build: (n, x) => n.op("Where", [n.ops("Dropout", [x], {}, 2)[1]!, x, n.number(2)]),
  },
};

/** A pair of operands in every way that broadcasting joins them. */
const pairs = (op: string, attributes: Attributes = {}, fit: (n: Net, x: Value) => Value = (_, x) => x) => {
  const pair = (other: (n: Net, x: Value, more: () => Value) => Value, turned = false): Case => ({
    shape: SHAPE,
    build(n, x, more) {
      const operands = [fit(n, x), fit(n, other(n, x, more))];
      return n.op(op, turned ? operands.toReversed() : operands, attributes);
    },
  });
  return {
    [`${op} of two layers`]: pair((_n, _x, more) => more()),
    [`${op} with a number`]: pair((n) => n.number(0.3)),
    [`${op} of a number`]: pair((n) => n.number(0.3), true),
    [`${op} with numbers along the last axis`]: pair((n) => n.weight(6)),
    [`${op} with numbers along the middle axis`]: pair((n) => n.weight(4, 1)),
    [`${op} with numbers along the first axes`]: pair((n) => n.weight(2, 4, 1)),
    [`${op} with more axes`]: pair((n) => n.weight(3, 1, 4, 1)),
    [`${op} of numbers along all axes`]: pair((n) => n.weight(2, 4, 6), true),
    [`${op} with one of its channels`]: pair((n, _, more) =>
      n.op("Slice", [more(), n.ints(1), n.ints(2), n.ints(1)])
    ),
    [`${op} of its mean along the first axis`]: pair(
      (n, x) => n.op("ReduceSum", [x, n.ints(0)], { keepdims: 1 }),
      true,
    ),
  };
};

const positive = (n: Net, x: Value) => n.op("Exp", [x]);

export const binary: Record<string, Case> = {
  ...each("Add Sub Mul Div Sum Mean Max Min", (op) => pairs(op)),
  // Its slope is repeated along the input, never the input along the slope.
  ...Object.fromEntries(
    Object.entries(pairs("PRelu")).filter(([name]) => !/more axes|of a number|of its mean/.test(name)),
  ),
  ...pairs("Pow", {}, positive),
  ...pairs("Mod", { fmod: 1 }),
  ...each("And Or Xor", (op) => pairs(op, {}, truth)),
  ...each("BitwiseAnd BitwiseOr BitwiseXor", (op) => pairs(op, {}, whole)),
  ...pairs("BitShift", { direction: "LEFT" }, natural),
  ...each("Less LessOrEqual Greater GreaterOrEqual", (op) => pairs(op)),
  Equal: { shape: SHAPE, build: (n, x, more) => n.op("Equal", [truth(n, x), truth(n, more())]) },
  "Pow to the second": { shape: SHAPE, build: (n, x) => n.op("Pow", [x, n.number(2)]) },
  "Sum of three": { shape: SHAPE, build: (n, x, more) => n.op("Sum", [x, n.weight(4, 1), more()]) },
  "Where between layers": {
    shape: SHAPE,
    build: (n, x, more) => n.op("Where", [truth(n, more()), x, more()]),
  },
  "Where with numbers": {
    shape: SHAPE,
    build: (n, x) => n.op("Where", [truth(n, x), n.weight(6), n.weight(4, 1)]),
  },
};
