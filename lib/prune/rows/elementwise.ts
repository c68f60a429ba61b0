import { describe, floatAttribute } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import type { Axes, Axis, ChannelRow, Trace } from "../trace.ts";
import { broadcastAxis } from "./linear.ts";

/** All axes of a value. */
export function axesOf(trace: Trace, name: string | undefined): (Axis | undefined)[] {
  return (trace.shape(name) ?? []).map((_, axis) => trace.axis(name, axis));
}

const withZero = (axes: Axes, zero: boolean): Axes =>
  axes.map((axis) => axis && { ...axis, zero: axis.zero && zero });

/** A function of every element by itself, with f(0) = 0 or not. */
const unary = (keepsZero: (node: Node, trace: Trace) => boolean): ChannelRow => (node, trace) => {
  const axes = withZero(axesOf(trace, node.inputs[0]), keepsZero(node, trace));
  return node.outputs.map(() => axes);
};

/** A function with a pole at 0: its channels stay wherever masking would meet the pole. */
const singular: ChannelRow = (node, trace) => {
  const axes = axesOf(trace, node.inputs[0]);
  for (const axis of axes) {
    if (axis?.zero) {
      trace.atoms.keep(axis.labels, `${describe(node)} has no finite value for a masked channel`);
    }
  }
  return [withZero(axes, false)];
};

type Zero = "any" | "all" | "first" | "none";

/** Elementwise with broadcasting. */
const broadcast = (zero: Zero, role: "scale" | "bias" | "other" = "other"): ChannelRow => (node, trace) => {
  const shapes = node.inputs.map((name) => trace.shape(name));
  if (shapes.some((shape) => shape === undefined)) {
    for (const name of node.inputs) trace.protect(name, `${describe(node)} has inputs of unknown rank`);
    return [];
  }
  const rank = Math.max(...shapes.map((shape) => shape!.length));
  return [
    Array.from({ length: rank }, (_, i) =>
      broadcastAxis(
        node,
        trace,
        node.inputs.map((name, k) => {
          const at = i - (rank - shapes[k]!.length);
          return at < 0 ? undefined : [name, at] as const;
        }),
        zero,
        role,
      )),
  ];
};

/** Division: the divisor must not be a masked channel's zero. */
const divide: ChannelRow = (node, trace) => {
  for (const axis of axesOf(trace, node.inputs[1])) {
    if (axis?.zero) {
      trace.atoms.keep(axis.labels, `${describe(node)} divides by it, and a masked channel is zero`);
    }
  }
  return broadcast("first", "other")(node, trace);
};

const power: ChannelRow = (node, trace) => {
  const exponent = trace.contents(node.inputs[1]);
  const positive = exponent?.every((value) => typeof value === "number" && value > 0) ?? false;
  if (!positive) {
    for (const axis of axesOf(trace, node.inputs[0])) {
      if (axis?.zero) {
        trace.atoms.keep(axis.labels, `${describe(node)} may have no finite value for a masked channel`);
      }
    }
  }
  return broadcast(positive ? "first" : "none")(node, trace);
};

function clipKeepsZero(node: Node, trace: Trace): boolean {
  const low = node.inputs[1] ? trace.contents(node.inputs[1])?.[0] : floatAttribute(node, "min", -1);
  const high = node.inputs[2] ? trace.contents(node.inputs[2])?.[0] : floatAttribute(node, "max", 1);
  return Number(low) <= 0 && Number(high) >= 0;
}

const rowsOf = (names: string, row: ChannelRow) =>
  Object.fromEntries(names.split(" ").map((name) => [name, row]));

/** Functions of every element by itself, or of elements at the same place. */
export const elementwise: Readonly<Record<string, ChannelRow>> = {
  ...rowsOf(
    "Relu LeakyRelu ThresholdedRelu Elu Selu Celu Gelu Tanh Erf HardSwish Mish Swish Softsign Abs Neg Sign Floor " +
      "Ceil Round Sqrt Sin Sinh Asin Asinh Tan Atan Atanh Identity Cast Dropout com.microsoft:Gelu " +
      "com.microsoft:QuickGelu",
    unary(() => true),
  ),
  ...rowsOf("Sigmoid HardSigmoid Exp Softplus Cos Cosh Acos Not IsNaN IsInf", unary(() => false)),
  ...rowsOf("Log Reciprocal Acosh", singular),
  Clip: unary(clipKeepsZero),
  Add: broadcast("all", "bias"),
  Sub: broadcast("all", "bias"),
  Sum: broadcast("all", "bias"),
  Mean: broadcast("all"),
  Max: broadcast("all"),
  Min: broadcast("all"),
  Mul: broadcast("any", "scale"),
  Div: divide,
  Pow: power,
  PRelu: broadcast("first"),
  Where: broadcast("none"),
  ...rowsOf("Mod And Or Xor Equal Less LessOrEqual Greater GreaterOrEqual", broadcast("none")),
};
