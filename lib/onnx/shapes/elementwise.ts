import { intAttribute } from "../attribute.ts";
import type { DataType } from "../tensor.ts";
import { broadcastShapes, type Call, opsetOf, type Row, type Rows, shapeAt, typeAt } from "./call.ts";
import { elementTypeAttribute } from "./element_type.ts";

/** The output is like the first input. */
export const sameAsFirst: Row = (call) => [{ type: typeAt(call), shape: shapeAt(call) }];

function firstType(call: Call): DataType | undefined {
  for (let i = 0; i < call.node.inputs.length; i++) {
    const type = typeAt(call, i);
    if (type) return type;
  }
  return undefined;
}

function broadcastAll(call: Call) {
  return broadcastShapes(call, call.node.inputs.map((_, i) => shapeAt(call, i)));
}

const arithmetic: Row = (call) => [{ type: firstType(call), shape: broadcastAll(call) }];
const comparison: Row = (call) => [{ type: "bool", shape: broadcastAll(call) }];
const test: Row = (call) => [{ type: "bool", shape: shapeAt(call) }];
/** Like the first input, in the element type of an attribute. */
const sampled: Row = (call) => [{
  type: elementTypeAttribute(call, "dtype", typeAt(call)),
  shape: shapeAt(call),
}];

/** One row for many operators. */
export function each(row: Row, operators: string): Rows {
  return Object.fromEntries(operators.split(/\s+/).filter(Boolean).map((operator) => [operator, row]));
}

export const elementwise: Rows = {
  ...each(
    sameAsFirst,
    `Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Ceil Celu Clip Cos Cosh Elu Erf Exp Floor Gelu HardSigmoid
    HardSwish Identity LeakyRelu Log Mish Neg Not PRelu Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh
    Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu
    Softmax LogSoftmax Hardmax CumSum CumProd Trilu ReverseSequence
    Affine ImageScaler ParametricSoftplus ScaledTanh
    com.microsoft:Gelu com.microsoft:FastGelu com.microsoft:QuickGelu com.microsoft:BiasGelu`,
  ),
  ...each(
    arithmetic,
    `Add BitShift BitwiseAnd BitwiseOr BitwiseXor Div Max Mean Min Mod Mul Pow Sub Sum And Or Xor`,
  ),
  ...each(comparison, `Equal Greater GreaterOrEqual Less LessOrEqual`),
  ...each(test, `IsInf IsNaN`),
  ...each(sampled, `Bernoulli EyeLike RandomNormalLike RandomUniformLike`),

  Where: (call) => [{
    type: typeAt(call, 1) ?? typeAt(call, 2),
    shape: broadcastShapes(call, [shapeAt(call, 0), shapeAt(call, 1), shapeAt(call, 2)]),
  }],
  Cast: (call) => [{ type: elementTypeAttribute(call, "to"), shape: shapeAt(call) }],
  CastLike: (call) => [{ type: typeAt(call, 1), shape: shapeAt(call) }],
  Dropout: (call) => {
    const [type, shape] = [typeAt(call), shapeAt(call)];
    return [{ type, shape }, { type: opsetOf(call) < 10 ? type : "bool", shape }];
  },
  QuantizeLinear: (call) => {
    const declared = intAttribute(call.node, "output_dtype", 0) !== 0;
    return [{
      type: declared ? elementTypeAttribute(call, "output_dtype") : typeAt(call, 2) ?? "uint8",
      shape: shapeAt(call),
    }];
  },
  DequantizeLinear: (call) => [{ type: typeAt(call, 1), shape: shapeAt(call) }],
  DynamicQuantizeLinear: (call) => [
    { type: "uint8", shape: shapeAt(call) },
    { type: typeAt(call), shape: [] },
    { type: "uint8", shape: [] },
  ],
};
