import { operatorOf } from "../operators/table.ts";
import { intAttribute } from "../attribute.ts";
import { freeName } from "../free_name.ts";
import type { Model, Node, ValueInfo } from "../model.ts";
import { namesOf } from "../topology.ts";
import { type AnyTensor, ELEMENT_TYPE, isTensor, Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";

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
  const one = freeName(namesOf(graph), "one");
  const nodes = graph.nodes.flatMap((node) =>
    operatorOf(node) === "Sigmoid" ? spelledOut(node, one) : [castTo64(node)]
  );
  if (nodes.length > graph.nodes.length) initializers.set(one, new Tensor("float64", Float64Array.of(1), []));
  return model.withGraph({ ...graph, initializers, values, nodes });
}

/** 1/(1 + e⁻ˣ): ONNX Runtime makes x · sigmoid(x) one operator, which it has not in float64. */
function spelledOut({ inputs: [x], outputs: [y] }: Node, one: string): Node[] {
  const node = (op: string, inputs: string[], output: string): Node => ({
    op,
    inputs,
    outputs: [output],
    attributes: {},
  });
  const part = (name: string) => `${y}/${name}`;
  return [
    node("Neg", [x!], part("neg")),
    node("Exp", [part("neg")], part("exp")),
    node("Add", [part("exp"), one], part("add")),
    node("Div", [one, part("add")], y!),
  ];
}

function widened(tensor: AnyTensor): AnyTensor {
  if (!isTensor(tensor) || tensor.type !== "float32") return tensor;
  return new Tensor("float64", Float64Array.from(floats(tensor)), tensor.dims);
}

function castTo64(node: Node): Node {
  if (operatorOf(node) !== "Cast" || intAttribute(node, "to", 0) !== ELEMENT_TYPE.float32) return node;
  return {
    ...node,
    attributes: { ...node.attributes, to: { type: "int", value: BigInt(ELEMENT_TYPE.float64) } },
  };
}
