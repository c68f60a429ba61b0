import { intAttribute } from "../../onnx/attribute.ts";
import type { Graph, Node } from "../../onnx/model.ts";
import { operatorOf, rowOf } from "../../onnx/operators/table.ts";
import type { Use } from "../../onnx/topology.ts";
import { normalAxis } from "../../tensor/tensor.ts";
import type { Zero } from "../select.ts";
import { readings } from "./readings.ts";
import { storedNumbers } from "./whole_numbers.ts";

/** The whole number that stands for zero, where a node takes one number for all; 0 where it names none. */
export function zeroPoint(node: Node, input: number, graph: Graph): number | undefined {
  if (!node.inputs[input]) return 0;
  const [first, ...others] = storedNumbers(graph, node.inputs[input]) ?? [];
  return others.every((other) => other === first) ? first : undefined;
}

/**
 * What a mask writes for a zero into a stored tensor: its zero point, or that of each place along an axis,
 * where all who read it as whole numbers have the same.
 */
export function storedZero(
  name: string,
  graph: Graph,
  uses: ReadonlyMap<string, readonly Use[]>,
): Zero | undefined {
  const zeros = (uses.get(name) ?? []).flatMap(({ node, index }) => {
    const input = rowOf(readings, node)?.[index]?.zero;
    return input === undefined ? [] : [zeroPoint(node, input, graph) ?? zerosAlong(node, graph)];
  });
  if (zeros.length === 0) return 0;
  const [first, ...others] = zeros.map((zero) => JSON.stringify(zero));
  return others.every((other) => other === first) ? zeros[0] : undefined;
}

/** The zero point of each place along the axis of a node that turns whole numbers into floats. */
function zerosAlong(node: Node, graph: Graph): Zero | undefined {
  if (operatorOf(node) !== "DequantizeLinear" || intAttribute(node, "block_size", 0) !== 0) return undefined;
  const [points, rank] = [storedNumbers(graph, node.inputs[2]), rankOf(graph, node.inputs[0])];
  if (!points || rank === undefined) return undefined;
  return { axis: normalAxis(intAttribute(node, "axis", 1), rank), points };
}

const rankOf = (graph: Graph, name: string | undefined): number | undefined =>
  graph.initializers.get(name ?? "")?.dims.length;
