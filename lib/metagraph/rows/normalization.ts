import type { OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import { annotate } from "../annotate.ts";
import { longAxes, type WeightView } from "../weight_view.ts";
import type { GraphRow, Trace } from "../trace.ts";
import { normalAxis } from "../../tensor/tensor.ts";

/** The stored ones of a norm's parameters, in order; none where one of them is computed. */
function parametersOf(node: Node, trace: Trace): WeightView[] {
  const names = node.inputs.slice(1).filter(Boolean);
  const stored = names.map((name) => trace.stored(name));
  if (stored.every((vector) => vector !== undefined)) return stored;
  for (const name of names) {
    trace.pass(name, `${describe(node)} has parameters that are computed in the graph`);
  }
  return [];
}

/** Norms with parameters per channel: scale, shift, and running statistics. */
const perChannel: GraphRow = (
  node,
  trace,
) => [annotate({ name: node.inputs[0]!, axis: 1 }, parametersOf(node, trace), "norm", { node, trace })];

/** Norms over the last axes; those over one of them have parameters per channel. */
const overLast: GraphRow = (node, trace) => {
  const [x] = node.inputs;
  const rank = trace.shape(x)?.length ?? 0;
  const parameters = parametersOf(node, trace);
  const start = intAttribute(node, "axis", -1);
  const [long] = longAxes(parameters[0] ?? { tensor: "", axes: [] });
  const axis = long === undefined ? normalAxis(start, rank) : rank - parameters[0]!.axes.length + long;
  return [annotate({ name: x!, axis }, parameters, "norm", { node, trace })];
};

/** Norms. */
export const normalizations: OperatorTable<GraphRow> = {
  BatchNormalization: perChannel,
  InstanceNormalization: perChannel,
  GroupNormalization: perChannel,
  LayerNormalization: overLast,
  RMSNormalization: overLast,
};
