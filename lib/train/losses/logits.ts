import { TypeError } from "../../errors.ts";
import { quoted } from "../../printable.ts";
import { describe, intAttribute, intsAttribute } from "../../onnx/attribute.ts";
import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import { type Shape, shapeSize } from "../../onnx/dim.ts";
import type { Node } from "../../onnx/model.ts";
import { factsOf, isStandard, operatorOf } from "../../onnx/operators/table.ts";
import { producers } from "../../onnx/topology.ts";
import { normalAxis } from "../../tensor/tensor.ts";

/**
 * The logits of an output, [N, classes, …] or any number of them for a sigmoid: what goes into the softmax
 * (or sigmoid) that it ends with, since losses take logarithms of their own; else the output itself. Views
 * behind it, such as a Squeeze, are built again on the logits.
 *
 * @throws TypeError where such a view cannot be built on logits, or does not keep a softmax's axis in place
 */
export function logitsOf(g: GraphBuilder, output: Value, last: "Softmax" | "Sigmoid" = "Softmax"): Value {
  const { end, views } = endOf(g, output);
  if (end === undefined || operatorOf(end) !== last) return output;
  const logits = end.inputs[0]!;
  const stuck = views.find((view) => !isRebuilt(g, view)) ??
    (last === "Softmax" ? moving(g, end, views) : undefined);
  if (stuck) {
    throw new TypeError(
      `Cannot find the logits of output ${quoted(output)}: ${
        describe(stuck.node)
      } lies behind the ${last}, ` +
        `expected ${
          last === "Softmax" ? "views that leave classes along axis 1" : "a view of its numbers"
        }; ` +
        `make ${quoted(logits)}, which the ${last} takes, the model's output instead`,
    );
  }
  return views.reduce((value, view) => rebuilt(g, value, view), logits);
}

/** A node that gives numbers of its first input as they are, and which of its outputs is meant. */
interface View {
  node: Node;
  output: Value;
}

/** The node that an output comes from, and the views of what it gives, in order. */
function endOf(g: GraphBuilder, output: Value): { end: Node | undefined; views: View[] } {
  const producer = producers(g);
  const views: View[] = [];
  let value = output;
  let node = producer.get(value);
  while (node && factsOf(node).view === "first") {
    if (operatorOf(node) !== "Identity") views.unshift({ node, output: value });
    value = node.inputs[0]!;
    node = producer.get(value);
  }
  return { end: node, views };
}

/** Whether a view is one of floats, whatever these are. */
function isRebuilt(g: GraphBuilder, { node, output }: View): boolean {
  return isStandard(node) && !factsOf(node).quantized && /float/.test(g.info(output).type ?? "float");
}

function rebuilt(g: GraphBuilder, value: Value, { node, output }: View): Value {
  const outputs = g.node(node.op, [value, ...node.inputs.slice(1)], node.attributes, {
    outputs: node.outputs.length,
  });
  const same = outputs[node.outputs.indexOf(output)]!;
  g.declare(same, { ...g.info(output) });
  return same;
}

/** The view behind which the axis of a softmax is lost, or the last one, if it is not axis 1 there. */
function moving(g: GraphBuilder, softmax: Node, views: readonly View[]): View | undefined {
  const rank = g.info(softmax.inputs[0]!).shape?.length;
  let axis = rank && normalAxis(intAttribute(softmax, "axis", -1), rank);
  for (const view of views) {
    axis = axis === undefined ? undefined : axisBehind(g, view, axis);
    if (axis === undefined) return view;
  }
  return axis === 1 ? undefined : views.at(-1);
}

/** Where an axis lies behind a view; `undefined` where it is cut, joined with others, or not known. */
function axisBehind(g: GraphBuilder, { node, output }: View, axis: number): number | undefined {
  const [from, to] = [g.info(node.inputs[0]!).shape, g.info(output).shape];
  if (!factsOf(node).rearranges || !from || !to) return undefined;
  if (operatorOf(node) === "Transpose") {
    const perm = intsAttribute(node, "perm", from.map((_, i) => from.length - 1 - i));
    return perm.indexOf(axis);
  }
  const before = (shape: Shape, end: number) => shapeSize(shape.slice(0, end));
  const at = to.findIndex((size, i) => size === from[axis] && before(to, i) === before(from, axis));
  return at < 0 ? undefined : at;
}
