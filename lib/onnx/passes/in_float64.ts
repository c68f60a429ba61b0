import { intAttribute } from "../attribute.ts";
import type { Model, Node, ValueInfo } from "../model.ts";
import { type AnyTensor, ELEMENT_TYPE, isTensor, Tensor } from "../../tensor/tensor.ts";

/**
 * A float32 model in float64: the same graph, whose inputs, stored tensors and casts are doubles. It is for
 * comparing with a reference where float32 rounds away what is to be compared.
 *
 * @param model a model without subgraphs
 */
export function inFloat64(model: Model): Model {
  const { graph } = model;
  const initializers = new Map(
    [...graph.initializers].map(([name, tensor]): [string, AnyTensor] => [name, widened(tensor)]),
  );
  const values = new Map(
    [...graph.values].map(([name, info]): [string, ValueInfo] => [
      name,
      info.type === "float32" ? { ...info, type: "float64" } : info,
    ]),
  );
  return model.withGraph({ ...graph, initializers, values, nodes: graph.nodes.map(castTo64) });
}

function widened(tensor: AnyTensor): AnyTensor {
  if (!isTensor(tensor) || tensor.type !== "float32") return tensor;
  return new Tensor("float64", Float64Array.from(tensor.data as Float32Array), tensor.dims);
}

function castTo64(node: Node): Node {
  if (node.op !== "Cast" || intAttribute(node, "to", 0) !== ELEMENT_TYPE.float32) return node;
  return {
    ...node,
    attributes: { ...node.attributes, to: { type: "int", value: BigInt(ELEMENT_TYPE.float64) } },
  };
}
