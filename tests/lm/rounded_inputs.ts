import { toAttributes } from "../../lib/onnx/attribute.ts";
import type { Model, Node } from "../../lib/onnx/model.ts";
import { operatorOf } from "../../lib/onnx/operators/table.ts";
import { type AnyTensor, float32, int64 } from "../../lib/tensor/tensor.ts";

/**
 * A decoder in float32 whose layers take inputs that are rounded to 8 bits: in each block of 32 to multiples of
 * its largest / 127. What products of whole numbers give, written in plain operators.
 *
 * @param layers those layers, by the names of their weights
 */
export function withRoundedInputs(model: Model, layers: Readonly<Record<string, unknown>>): Model {
  const initializers = new Map<string, AnyTensor>(model.graph.initializers);
  const constant = (name: string, tensor: AnyTensor) => (initializers.set(name, tensor), name);
  const [blocks, last, top, least] = [
    constant("rounded.blocks", int64([0, -1, 32])),
    constant("rounded.last", int64([2])),
    constant("rounded.top", float32([127], [])),
    constant("rounded.least", float32([1e-30], [])),
  ];
  const known = new Map<string, string>();
  const nodes: Node[] = [];
  const add = (op: string, inputs: string[], output: string, attributes = {}) => {
    nodes.push({ op, inputs, outputs: [output], attributes: toAttributes(attributes) });
    return output;
  };
  const rounded = (x: string, columns: number): string => {
    const name = `${x}.rounded`;
    const cut = add("Reshape", [x, blocks], `${name}.cut`);
    const most = add("ReduceMax", [add("Abs", [cut], `${name}.abs`), last], `${name}.most`);
    const step = add("Max", [add("Div", [most, top], `${name}.plain`), least], `${name}.step`);
    const whole = add("Round", [add("Div", [cut, step], `${name}.codes`)], `${name}.whole`);
    const back = constant(`${name}.columns`, int64([-1, columns]));
    return add("Reshape", [add("Mul", [whole, step], `${name}.numbers`), back], name);
  };
  for (const node of model.graph.nodes) {
    const [x, weight, ...bias] = node.inputs as [string, string];
    if (operatorOf(node) !== "Gemm" || !Object.hasOwn(layers, weight)) {
      nodes.push(node);
      continue;
    }
    if (!known.has(x)) known.set(x, rounded(x, initializers.get(weight)!.dims[1]!));
    nodes.push({ ...node, inputs: [known.get(x)!, weight, ...bias] });
  }
  return model.withGraph({ ...model.graph, nodes, initializers });
}
