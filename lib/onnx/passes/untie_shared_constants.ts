import type { Model } from "../model.ts";
import type { AnyTensor } from "../../tensor/tensor.ts";
import { arrayOf } from "../../tensor/arrays.ts";
import { factsOf, operatorOf } from "../operators/table.ts";
import { consumers, type Use } from "../topology.ts";

/**
 * Gives every reader of a vector of equal numbers a vector of its own, and every recurrent layer the state
 * that it begins with.
 *
 * Exporters store equal tensors once, so in a network that was not trained for long the zeros of all biases
 * of one length may be one tensor, and so may the ones of norms, and zero points of quantised layers. Read as
 * what it looks like, weights that layers share, this would couple all those layers; so would the zeros that
 * all recurrent layers of one width begin with. A vector whose numbers differ is shared on purpose and stays
 * so, and so are whole numbers that are no layer's: sizes and indices.
 *
 * @param layerOf what is the same for readers that go on sharing; by default each is on its own
 */
export function untieSharedConstants(
  model: Model,
  layerOf: (use: Use) => unknown = (use) => use,
): Model {
  const { graph } = model;
  const uses = consumers(graph);
  const initializers = new Map(graph.initializers);
  const renamed = new Map<object, Map<number, string>>();
  const taken = new Set([...graph.values.keys(), ...initializers.keys(), ...graph.inputs]);
  for (const node of graph.nodes) for (const output of node.outputs) taken.add(output);
  for (const [name, tensor] of graph.initializers) {
    const readers = uses.get(name) ?? [];
    if (readers.length < 2 || graph.outputs.includes(name) || !isLevel(tensor)) continue;
    if (!isFloat(tensor) && !readers.every(isOfWholeNumbers)) continue;
    if (!isVector(tensor) && !readers.every(isState)) continue;
    // A reader without an index sees it from inside a subgraph, by this name.
    const own = readers.filter((use, i) => i === 0 || use.node.inputs[use.index] === name);
    [...Map.groupBy(own, layerOf).values()].slice(1).forEach((uses, i) => {
      let copy = `${name}.${i + 1}`;
      while (taken.has(copy)) copy += "_";
      taken.add(copy);
      initializers.set(copy, tensor);
      for (const { node, index } of uses) {
        if (!renamed.has(node)) renamed.set(node, new Map());
        renamed.get(node)!.set(index, copy);
      }
    });
  }
  if (renamed.size === 0) return model;
  const nodes = graph.nodes.map((node) => {
    const names = renamed.get(node);
    return names ? { ...node, inputs: node.inputs.map((input, i) => names.get(i) ?? input) } : node;
  });
  return model.withGraph({ ...graph, nodes, initializers });
}

/** Whether a tensor is more than one number, along one axis. */
const isVector = ({ dims }: AnyTensor): boolean => dims.filter((dim) => dim !== 1).length === 1;

/** Whether a value is read as the state that a recurrent layer begins with. */
const isState = ({ node, index }: Use): boolean =>
  ["LSTM", "GRU", "RNN"].includes(operatorOf(node)) && (index === 5 || index === 6);

/** Whether a value is read as whole numbers that stand for others: zero points, biases. */
const isOfWholeNumbers = ({ node }: Use): boolean => factsOf(node).quantized === true;

/** Whether a tensor is a vector of more than one float, and all its numbers are the same. */
export const isLevelVector = (tensor: AnyTensor): boolean =>
  isFloat(tensor) && isVector(tensor) && isLevel(tensor);

const isFloat = ({ type }: AnyTensor): boolean => /^b?float/.test(type);

/** Whether all numbers of a tensor are the same. */
function isLevel(tensor: AnyTensor): boolean {
  if (!/^(b?float|u?int)/.test(tensor.type) || "bytes" in tensor) return false;
  const data = arrayOf(tensor);
  return data.every((value) => value === data[0]);
}
