import { operatorsThat, rulesFor } from "../operators/table.ts";
import { intAttribute } from "../attribute.ts";
import type { DataType } from "../../tensor/tensor.ts";
import type { ValueInfo } from "../model.ts";
import {
  broadcastShapes,
  type Call,
  contradiction,
  opsetOf,
  type Rows,
  shapeAt,
  type ShapeRule,
  typeAt,
} from "./call.ts";
import { elementTypeAttribute } from "./element_type.ts";

/** The output is like the first input. */
export function sameAsFirst(call: Call): readonly ValueInfo[] {
  return [{ type: typeAt(call), shape: shapeAt(call) }];
}

function firstType(call: Call): DataType | undefined {
  for (let i = 0; i < call.node.inputs.length; i++) {
    const type = typeAt(call, i);
    if (type) return type;
  }
  return undefined;
}

function broadcastAll(call: Call) {
  if (opsetOf(call) < 7 && intAttribute(call.node, "broadcast", 0) === 1) {
    throw contradiction(
      call,
      `it broadcasts as in operator set ${opsetOf(call)}, and Espalier reads 7 and later; ` +
        `convert the model with ONNX's version converter first`,
    );
  }
  return broadcastShapes(call, call.node.inputs.map((_, i) => shapeAt(call, i)));
}

const arithmetic: ShapeRule = (call) => [{ type: firstType(call), shape: broadcastAll(call) }];
const comparison: ShapeRule = (call) => [{ type: "bool", shape: broadcastAll(call) }];
const test: ShapeRule = (call) => [{ type: "bool", shape: shapeAt(call) }];
/** Shape of the first input, in the element type of an attribute. */
const sampled: ShapeRule = (call) => [{
  type: elementTypeAttribute(call, "dtype", typeAt(call)),
  shape: shapeAt(call),
}];

/** Shape of the first input, in the declared element type, or where none is in another one. */
const rescaled = (otherwise: (call: Call) => DataType | undefined): ShapeRule => (call) => {
  const isDeclared = intAttribute(call.node, "output_dtype", 0) !== 0;
  return [{
    type: isDeclared ? elementTypeAttribute(call, "output_dtype") : otherwise(call),
    shape: shapeAt(call),
  }];
};

export const elementwise: Rows = {
  ...rulesFor(sameAsFirst, ...operatorsThat((facts) => facts.elementwise === "unary")),
  ...rulesFor(
    sameAsFirst,
    "Clip",
    "espalier:StraightThrough",
    "PRelu",
    "ImageScaler",
    "com.microsoft:FastGelu",
    "com.microsoft:BiasGelu",
  ),
  ...rulesFor(
    sameAsFirst,
    "Softmax",
    "LogSoftmax",
    "Hardmax",
    "CumSum",
    "CumProd",
    "Trilu",
    "ReverseSequence",
  ),
  ...rulesFor(
    arithmetic,
    "Add",
    "Div",
    "Max",
    "Mean",
    "Min",
    "Mod",
    "Mul",
    "Pow",
    "Sub",
    "Sum",
    "And",
    "Or",
    "Xor",
  ),
  ...rulesFor(arithmetic, "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor"),
  ...rulesFor(comparison, "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"),
  ...rulesFor(test, "IsInf", "IsNaN"),
  ...rulesFor(sampled, "Bernoulli", "EyeLike", "RandomNormalLike", "RandomUniformLike"),

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
  QuantizeLinear: rescaled((call) => typeAt(call, 2) ?? "uint8"),
  DequantizeLinear: rescaled((call) => typeAt(call, 1)),
  DynamicQuantizeLinear: (call) => [
    { type: "uint8", shape: shapeAt(call) },
    { type: typeAt(call), shape: [] },
    { type: "uint8", shape: [] },
  ],
};
