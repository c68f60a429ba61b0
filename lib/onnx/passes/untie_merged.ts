import { arrayOf } from "../../tensor/arrays.ts";
import { isTensor } from "../../tensor/tensor.ts";
import type { Graph, Model, Node } from "../model.ts";
import { isLevelVector, untieSharedConstants } from "./untie_shared_constants.ts";
import { producers, type Use } from "../topology.ts";

/** PyTorch's exporter stores tensors of more numbers as often as there are. */
const MERGED = 1024;

/**
 * Gives layers that a file stores in one tensor, because all numbers of their biases or scales are still the
 * same, a tensor each, which then learn apart. The same model where the file stores such vectors twice: who
 * wrote it merges nothing, and what is shared there is meant so.
 *
 * A layer that is used more than once, which reads a weight of its own each time, goes on with one bias.
 * Scales and biases of norms tell no layers apart: they are taken for merged.
 */
export function untieMerged(model: Model): Model {
  const { graph } = model;
  if (storesTwice(graph)) return model;
  const made = producers(graph);
  const weightsOf = (node: Node | undefined) =>
    node?.inputs.filter((name) => {
      const tensor = graph.initializers.get(name);
      return tensor !== undefined && !isLevelVector(tensor);
    }) ?? [];
  return untieSharedConstants(model, (use: Use) => {
    // A bias that is added follows its layer's product.
    const weights = [use.node, ...use.node.inputs.map((name) => made.get(name))].flatMap(weightsOf);
    return weights.length === 0 ? use : JSON.stringify([use.node.op, use.index, weights]);
  });
}

/** Whether two vectors of one length hold the same number everywhere, and are stored one by one. */
function storesTwice({ initializers }: Graph): boolean {
  const seen = new Set<string>();
  for (const tensor of initializers.values()) {
    if (!isTensor(tensor) || !isLevelVector(tensor)) continue;
    const data = arrayOf(tensor);
    const key = JSON.stringify([tensor.type, tensor.dims, Number(data[0])]);
    if (data.length <= MERGED && seen.has(key)) return true;
    seen.add(key);
  }
  return false;
}
