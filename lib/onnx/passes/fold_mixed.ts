import { removeDeadCode } from "./dead_code.ts";
import { isStatic } from "../dim.ts";
import { canEvaluate, evaluate } from "../evaluate.ts";
import { inferNode } from "../infer_shapes.ts";
import { scopeOf } from "../shapes/call.ts";
import type { Model, Node } from "../model.ts";
import { factsOf, operatorOf } from "../operators/table.ts";
import { type AnyTensor, isTensor, sizeOf, type Tensor } from "../../tensor/tensor.ts";
import { constantTensors, neededValues, reads } from "../topology.ts";

/** The most elements that a computed constant may have. */
const LARGEST = 2 ** 24;

/**
 * The model with constants in place of what is computed from constants alone by operators that mix elements:
 * weights that are standardised, tables that entries are scattered into. What views and elementwise operators
 * make of a weight is left: there every element is still the weight's own. No engine is needed; results of
 * more than 2²⁴ elements, and those of operators that are not among them, stay computed.
 */
export function foldMixed(model: Model): Model {
  const { graph } = model;
  const needed = neededValues(graph);
  const constant = new Set(constantTensors(graph).keys());
  const mixed = new Set<string>();
  const makers = new Map<string, Node>();
  for (const node of graph.nodes) {
    const known = canEvaluate(node) && node.inputs.every((name) => name === "" || constant.has(name)) &&
      node.inputs.some(Boolean) && !node.outputs.slice(1).some((name) => needed.has(name));
    if (!known) continue;
    const [output] = node.outputs;
    constant.add(output!);
    makers.set(output!, node);
    const { elementwise, view } = factsOf(node);
    const mixes = !elementwise && !view && !["Gather", "Shape"].includes(operatorOf(node));
    if (mixes || node.inputs.some((name) => mixed.has(name))) mixed.add(output!);
  }
  if (mixed.size === 0) return model;
  const known = new Map<string, AnyTensor>(graph.initializers);
  // What is computed joins what is stored.
  const scope = scopeOf({ ...graph, initializers: known }, model.info.opsets);
  const failed = new Set<string>();
  const valueOf = (name: string): Tensor | undefined => {
    if (!known.has(name) && !failed.has(name)) {
      const tensor = compute(makers.get(name)!);
      if (tensor) known.set(name, tensor);
      else failed.add(name);
    }
    const tensor = known.get(name);
    return tensor && isTensor(tensor) ? tensor : undefined;
  };
  const compute = (node: Node): Tensor | undefined => {
    const inputs = node.inputs.map((name) => name ? valueOf(name) : undefined);
    if (node.inputs.some((name, i) => name !== "" && inputs[i] === undefined)) return undefined;
    node.inputs.forEach((name, i) => {
      if (name) scope.values.set(name, { type: inputs[i]!.type, shape: [...inputs[i]!.dims] });
    });
    inferNode(node, scope);
    const { type, shape } = scope.values.get(node.outputs[0]!) ?? {};
    if (type === undefined || !isStatic(shape) || sizeOf(shape) > LARGEST) return undefined;
    return evaluate(node, inputs, { type, dims: shape });
  };
  // What is computed on the way is not kept: of a large weight it would be several times as much.
  const results = new Set(
    graph.nodes.filter((node) => !mixed.has(node.outputs[0] ?? ""))
      .flatMap((node) => [...reads(node)].filter((name) => mixed.has(name))),
  );
  const initializers = new Map<string, AnyTensor>(graph.initializers);
  const nodes = graph.nodes.filter((node) => {
    const [output] = node.outputs;
    if (!output || !results.has(output) || graph.outputs.includes(output)) return true;
    const tensor = valueOf(output);
    if (tensor) initializers.set(output, tensor);
    for (const name of known.keys()) if (!initializers.has(name)) known.delete(name);
    return tensor === undefined;
  });
  if (nodes.length === graph.nodes.length) return model;
  return removeDeadCode(model.withGraph({ ...graph, nodes, initializers }));
}
