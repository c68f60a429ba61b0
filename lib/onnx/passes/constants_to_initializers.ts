import { type OperatorTable, rowOf } from "../operators/table.ts";
import {
  type AnyTensor,
  float32,
  int64,
  isTensor,
  numbersOf,
  sizeOf,
  Tensor,
  tensorOf,
} from "../../tensor/tensor.ts";
import { arrayLike, arrayOf } from "../../tensor/arrays.ts";
import { storage } from "../../tensor/element_types.ts";
import { dropInitializerInputs } from "./initializer_inputs.ts";
import { inlineFunctions } from "./inline_functions.ts";
import { sequencesToSplits } from "./sequences_to_splits.ts";
import type { Model, Node } from "../model.ts";
import { constantTensors, neededValues } from "../topology.ts";

/** The largest tensor, in elements, that a ConstantOfShape may become. */
const LARGEST = 2 ** 27;

type Constants = ReadonlyMap<string, AnyTensor>;

/**
 * Rules for a node's result where its inputs are constants; `undefined` where that is not known without
 * running it.
 */
const rows: OperatorTable<(node: Node, constants: Constants) => AnyTensor | undefined> = {
  Constant: tensorOfConstant,
  Identity: ({ inputs }, constants) => constants.get(inputs[0] ?? ""),
  ConstantOfShape: filled,
};

/** The tensor of a Constant node, in whichever attribute it is; files with sparse ones are read as dense. */
export function tensorOfConstant({ attributes }: Node): AnyTensor | undefined {
  for (const [name, attribute] of Object.entries(attributes)) {
    if (name === "value" && attribute.type === "tensor") return attribute.value;
    if (name === "value_float" && attribute.type === "float") return float32([attribute.value], []);
    if (name === "value_floats" && attribute.type === "floats") return float32(attribute.value);
    if (name === "value_int" && attribute.type === "int") return int64([attribute.value], []);
    if (name === "value_ints" && attribute.type === "ints") return int64(attribute.value);
    if (name === "value_string" && attribute.type === "string" && typeof attribute.value === "string") {
      return new Tensor("string", [attribute.value], []);
    }
    if (name === "value_strings" && attribute.type === "strings") {
      const texts = attribute.value.filter((text) => typeof text === "string");
      if (texts.length === attribute.value.length) return new Tensor("string", texts, [texts.length]);
    }
  }
  return undefined;
}

function filled({ inputs, attributes }: Node, constants: Constants): AnyTensor | undefined {
  const shape = constants.get(inputs[0] ?? "");
  if (shape === undefined || !isTensor(shape) || shape.type === "string") return undefined;
  const dims = numbersOf(shape);
  const size = sizeOf(dims);
  if (!(size <= LARGEST) || dims.some((dim) => dim < 0)) return undefined;
  const given = attributes.value;
  const value = given?.type === "tensor" ? given.value : float32([0]);
  if (!isTensor(value) || storage[value.type].bits < 8) return undefined;
  const one = arrayOf(value);
  return tensorOf(value.type, arrayLike(one, size).fill(one[0]!), dims);
}

/**
 * The model with constants as initializers, where they can be had without running anything: `Constant`,
 * `ConstantOfShape` of a known shape, and `Identity` of a constant. Subgraphs stay as they are.
 *
 * Weights that a file hides behind such nodes are parameters afterwards, as pruning and training need them.
 * Calls of a file's own functions are written out, and lists that are cut and read at known places are splits
 * ({@linkcode sequencesToSplits}). A file older than IR version 4, which had to list its initializers as
 * inputs, no longer does.
 */
export function constantsToInitializers(model: Model): Model {
  return sequencesToSplits(hoisted(model));
}

function hoisted(model: Model): Model {
  const current = inlineFunctions(dropInitializerInputs(model));
  const { graph } = current;
  const fed = new Set(graph.inputs);
  const initializers = new Map(graph.initializers);
  const constants = constantTensors(graph);
  const spent = new Set<string>();
  const nodes = graph.nodes.filter((node) => {
    const [output] = node.outputs;
    const tensor = rowOf(rows, node)?.(node, constants);
    if (!output || tensor === undefined) return true;
    constants.set(output, tensor);
    initializers.set(output, tensor);
    for (const input of node.inputs) spent.add(input);
    return false;
  });
  if (nodes.length === graph.nodes.length) return current;
  const needed = neededValues({ ...graph, nodes });
  for (const name of spent) if (!needed.has(name) && !fed.has(name)) initializers.delete(name);
  return current.withGraph({ ...graph, nodes, initializers });
}
