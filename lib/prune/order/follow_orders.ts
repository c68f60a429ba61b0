import { TypeError } from "../../errors.ts";
import { describe } from "../../onnx/attribute.ts";
import { freeName } from "../../onnx/free_name.ts";
import type { Model, Node } from "../../onnx/model.ts";
import { type AnyTensor, int64 } from "../../tensor/tensor.ts";
import { channelsAt, inputAndAxis, isOpen } from "../channels/axis.ts";
import type { LocalFlow } from "../channels/local_flow.ts";
import { traceChannels } from "../channels/trace.ts";
import type { ChannelGroups } from "../channel_groups.ts";
import type { OrderOf } from "./axis_orders.ts";
import { keepsOrder } from "./keeps_order.ts";

/** A Gather to add: what it reads and gives, and the positions that it takes along an axis. */
interface Turn {
  from: string;
  to: string;
  axis: number;
  positions: Int32Array;
}

/**
 * The model with a Gather around each node that does not hand on the orders of its inputs as the orders of
 * its outputs: before it, what it reads is put back as it was, and behind it what it gives into order.
 *
 * @param model one whose stored tensors have their orders
 * @param groups what was found in the model as it was
 * @param action for errors
 * @throws TypeError where no Gather can be put before a node
 */
export function followOrders(model: Model, groups: ChannelGroups, orderOf: OrderOf, action: string): Model {
  const { graph } = model;
  const ways = new Map(groups.traced.grouped.map(({ output, way }) => [output, way]));
  const flows = new Map<Node, LocalFlow>();
  const { values, scope } = traceChannels(
    groups.model,
    ways,
    undefined,
    (node, flow) => flows.set(node, flow),
  );
  const ordersIn = (name: string) =>
    (values.get(name) ?? []).map((axis) => isOpen(axis) ? orderOf(axis.labels) : undefined);
  const taken = new Set([...graph.initializers.keys(), ...graph.inputs, ...scope.values.keys()]);
  for (const { outputs } of graph.nodes) for (const name of outputs) taken.add(name);
  const initializers = new Map(graph.initializers);
  const refuse = (node: Node, name: string, axis: number) => {
    const where = graph.initializers.has(name)
      ? `"${name}", a stored tensor`
      : `axis ${axis} of "${name}", along which they repeat an unknown number of times`;
    return new TypeError(
      `Cannot ${action}: ${
        describe(node)
      } takes channels by their places out of ${where}; leave this group's ` +
        `order as it is`,
    );
  };
  const nodes = graph.nodes.flatMap((node) => {
    const flow = flows.get(node);
    if (!flow || keepsOrder(flow, orderOf, node.outputs.map(ordersIn))) return [node];
    const [inputs, outputs] = [[...node.inputs], [...node.outputs]];
    const before: Turn[] = [];
    for (const [place, labels] of flow.inputs) {
      const order = orderOf(labels);
      if (!order) continue;
      const { input, axis } = inputAndAxis(place);
      const name = node.inputs[input]!;
      if (graph.initializers.has(name) || channelsAt(values.get(name), axis)?.repeats !== undefined) {
        throw refuse(node, name, axis);
      }
      const to = freeName(taken, `${name}.in_order`);
      before.push({ from: inputs[input]!, to, axis, positions: inverse(order) });
      inputs[input] = to;
    }
    const behind = node.outputs.flatMap((name, i): Turn[] =>
      ordersIn(name).flatMap((positions, axis): Turn[] => {
        if (!positions) return [];
        const to = outputs[i]!;
        outputs[i] = freeName(taken, `${name}.in_order`);
        return [{ from: outputs[i]!, to, axis, positions }];
      })
    ).reverse();
    const gather = (turn: Turn) => gatherOf(turn, initializers, taken);
    return [...before.map(gather), { ...node, inputs, outputs }, ...behind.map(gather)];
  });
  return model.withGraph({ ...graph, nodes, initializers });
}

/** A Gather, with its indices among the stored tensors. */
function gatherOf(
  { from, to, axis, positions }: Turn,
  initializers: Map<string, AnyTensor>,
  taken: Set<string>,
): Node {
  const indices = freeName(taken, `${to}.places`);
  initializers.set(indices, int64([...positions]));
  return {
    op: "Gather",
    inputs: [from, indices],
    outputs: [to],
    attributes: { axis: { type: "int", value: axis } },
  };
}

/** The order that puts back what an order has moved. */
function inverse(order: Int32Array): Int32Array {
  const back = new Int32Array(order.length);
  order.forEach((from, to) => back[from] = to);
  return back;
}
