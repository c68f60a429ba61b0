import { intsAttribute } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import { factsOf, operatorOf } from "../../onnx/operators/table.ts";
import type { Use } from "../../onnx/topology.ts";
import type { ChannelCall, Role } from "../rows/row.ts";

/** The role of a stored tensor's axis for the layer that reads it in another element type, or turned. */
export function roleBehind(
  node: Node,
  axis: number,
  uses: ReadonlyMap<string, readonly Use[]>,
  shape: ChannelCall["shape"],
): Role {
  const { view, elementwise, quantized } = factsOf(node);
  const turned = operatorOf(node) === "Transpose";
  const reader = view === "first" && (elementwise || quantized || turned) && uses.get(node.outputs[0]!)?.[0];
  if (!reader) return "other";
  if (turned) {
    const rank = shape(node.inputs[0])?.length ?? 0;
    axis = intsAttribute(node, "perm", undefined)?.indexOf(axis) ?? rank - 1 - axis;
  }
  const learned = factsOf(reader.node).learned?.[reader.index];
  if (!learned) return roleBehind(reader.node, axis, uses, shape);
  const axes = learned.axes?.(reader.node, shape(reader.node.inputs[reader.index])?.length ?? 0);
  if (axes) return axes.out.includes(axis) ? "out" : axes.summed.includes(axis) ? "in" : "other";
  return learned.role === "bias" || learned.role === "scale" ? learned.role : "other";
}
