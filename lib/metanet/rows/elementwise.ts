import { describe } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import { annotate } from "../annotate.ts";
import { joined } from "../join.ts";
import type { SlotKind } from "../slots.ts";
import { type Space, withShape } from "../space.ts";
import { longAxes, type Stored } from "../stored.ts";
import type { GraphRow, Trace } from "../trace.ts";

/** Each channel by itself. */
export const unary: GraphRow = (node, trace) => {
  const [x] = node.inputs;
  trace.pass(x, `${describe(node)} computes something else from it`);
  return node.outputs.map((name) => {
    const [from, shape] = [trace.space(x), trace.shape(name)];
    return from && shape && withShape(from, shape);
  });
};

/** Nothing is done to the elements: a stored tensor stays one. */
const copy: GraphRow = (node, trace) => {
  const stored = trace.stored(node.inputs[0]);
  return stored ? [stored] : unary(node, trace);
};

/** Elementwise with broadcasting; one stored number per channel is a parameter of the nodes. */
const broadcast = (kind?: SlotKind): GraphRow => (node, trace) => {
  const found = node.inputs.map((name) => trace.space(name)).filter((from) => from !== undefined);
  const stored = node.inputs.map((name) => trace.stored(name)).filter((from) => from !== undefined);
  const [first, ...others] = found;
  if (!first) {
    for (const { tensor } of stored) {
      trace.draft.pass(tensor, `${describe(node)} computes something else from it`);
    }
    return [];
  }
  const output = node.outputs[0]!;
  const shape = trace.shape(output);
  let result: Space = others.reduce((a, b) => joined(a, b, node, trace), first);
  if (!shape) return [];
  result = withShape(result, shape);
  for (const vector of stored) {
    trace.setSpace(output, result);
    result = placed(vector, kind, node, trace) ?? result;
  }
  return [result];
};

/** A stored operand of an elementwise operator. */
function placed(vector: Stored, kind: SlotKind | undefined, node: Node, trace: Trace): Space | undefined {
  const output = node.outputs[0]!;
  const [axis, ...more] = longAxes(vector);
  const from = trace.space(output)!;
  const why = axis === undefined
    ? "it is a single number of the arithmetic"
    : more.length > 0
    ? `${describe(node)} reads it along ${more.length + 1} axes, of which channels are one at most`
    : kind === undefined || from.scores
    ? `${describe(node)} has no slot for it`
    : undefined;
  if (why !== undefined) {
    trace.draft.pass(vector.tensor, why);
    return undefined;
  }
  return annotate(output, axis! + from.axes.length - vector.axes.length, [vector], kind!, node, trace);
}

const rowsOf = (names: string, row: GraphRow) =>
  Object.fromEntries(names.split(" ").map((name) => [name, row]));

/** Functions of every element by itself, or of elements at the same place. */
export const elementwise: Readonly<Record<string, GraphRow>> = {
  ...rowsOf(
    "Relu LeakyRelu ThresholdedRelu Elu Selu Celu Gelu Tanh Erf HardSwish Mish Swish Softsign Abs Neg Sign Floor " +
      "Ceil Round Sqrt Sin Sinh Asin Asinh Tan Atan Atanh Sigmoid HardSigmoid Exp Softplus Cos Cosh Acos Not " +
      "IsNaN IsInf Log Reciprocal Acosh Clip Dropout Softmax LogSoftmax Hardmax LRN LpNormalization CumSum " +
      "MeanVarianceNormalization com.microsoft:Gelu com.microsoft:QuickGelu",
    unary,
  ),
  ...rowsOf("Identity Cast", copy),
  ...rowsOf("Add Sub Sum", broadcast("bias")),
  ...rowsOf("Mul Div", broadcast("scale")),
  PRelu: broadcast("slope"),
  ...rowsOf(
    "Mean Max Min Pow Where Mod And Or Xor Equal Less LessOrEqual Greater GreaterOrEqual",
    broadcast(),
  ),
};
