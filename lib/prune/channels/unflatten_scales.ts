import type { Model } from "../../onnx/model.ts";
import { operatorOf } from "../../onnx/operators/table.ts";
import { consumers, type Use } from "../../onnx/topology.ts";
import { isTensor, Tensor } from "../../tensor/tensor.ts";

/**
 * Gives the scales and zero points of MatMulNBits the shape [N, blocks] where they are stored as one vector,
 * row behind row: the same numbers, in which an output feature and a block each have an axis to leave along.
 */
export function unflattenScales(model: Model): Model {
  const { graph } = model;
  if (!graph.nodes.some((node) => operatorOf(node) === "com.microsoft:MatMulNBits")) return model;
  const uses = consumers(graph);
  const rowsFor = ({ node, index }: Use): number | undefined =>
    operatorOf(node) === "com.microsoft:MatMulNBits" && (index === 2 || index === 3)
      ? graph.initializers.get(node.inputs[1] ?? "")?.dims[0]
      : undefined;
  const initializers = new Map(graph.initializers);
  const values = new Map(graph.values);
  for (const [name, tensor] of graph.initializers) {
    const [rows, ...others] = new Set((uses.get(name) ?? []).map(rowsFor));
    if (!rows || others.length > 0 || graph.outputs.includes(name)) continue;
    if (!isTensor(tensor) || tensor.dims.length !== 1 || tensor.size % rows !== 0) continue;
    const dims = [rows, tensor.size / rows];
    initializers.set(name, new Tensor(tensor.type, tensor.data as never, dims));
    const declared = values.get(name);
    if (declared) values.set(name, { ...declared, shape: dims });
  }
  return model.withGraph({ ...graph, initializers, values });
}
