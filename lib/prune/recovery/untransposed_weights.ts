import { intsAttribute } from "../../onnx/attribute.ts";
import type { Model } from "../../onnx/model.ts";
import { operatorOf } from "../../onnx/operators/table.ts";
import { consumers } from "../../onnx/topology.ts";
import { isTensor, type Tensor, tensorOf } from "../../tensor/tensor.ts";
import { arrayOf } from "../../tensor/arrays.ts";

/** Weights that are stored the other way round than they are read. */
export type Turned = Map<string, { tensor: string; perm: readonly number[] }>;

/** The model with its weights as they are read: those that it transposes are stored so, under other names. */
export function untransposed(model: Model): { working: Model; turned: Turned } {
  const { graph } = model;
  const uses = consumers(graph);
  const turned: Turned = new Map();
  const initializers = new Map(graph.initializers);
  const nodes = graph.nodes.filter((node) => {
    const [tensor, output] = [node.inputs[0]!, node.outputs[0]!];
    const weight = graph.initializers.get(tensor);
    if (operatorOf(node) !== "Transpose" || !weight || !isTensor(weight)) return true;
    if (uses.get(tensor)!.length > 1 || graph.outputs.includes(output)) return true;
    const perm = intsAttribute(node, "perm", weight.dims.map((_, i) => weight.dims.length - 1 - i))!;
    initializers.set(output, permuted(weight, perm));
    initializers.delete(tensor);
    turned.set(output, { tensor, perm });
    return false;
  });
  return { working: model.withGraph({ ...graph, nodes, initializers }), turned };
}

/** A tensor with its axes in another order. */
export function permuted(tensor: Tensor, perm: readonly number[]): Tensor {
  const { dims, type } = tensor;
  const numbers = arrayOf(tensor);
  const strides = dims.map((_, i) => dims.slice(i + 1).reduce((a, b) => a * b, 1));
  const shape = perm.map((axis) => dims[axis]!);
  const result = numbers.slice();
  const at = perm.map(() => 0);
  for (let i = 0; i < result.length; i++) {
    result[i] = numbers[at.reduce((sum, place, axis) => sum + place * strides[perm[axis]!]!, 0)]!;
    for (let axis = perm.length - 1; axis >= 0 && ++at[axis]! === shape[axis]; axis--) at[axis] = 0;
  }
  return tensorOf(type, result, shape);
}
