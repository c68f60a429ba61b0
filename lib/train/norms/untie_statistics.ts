import type { Model, Node } from "../../onnx/model.ts";
import { freeName } from "../../onnx/free_name.ts";
import { operatorOf } from "../../onnx/operators/table.ts";
import { consumers, namesOf, type Use } from "../../onnx/topology.ts";

/**
 * Gives running statistics of batch norms tensors of their own, and what reads the same ones, too. The same
 * model where nothing is shared.
 *
 * Exporters store equal tensors once: in a network that was not trained, the ones of a scale are those of the
 * running variance, and so are those of all norms of that width. Statistics follow their batches, weights
 * their gradients, so one tensor cannot be both. A norm that is used twice, which reads four tensors that
 * differ, is meant so and keeps them.
 */
export function untieStatistics(model: Model): Model {
  const { graph } = model;
  const taken = namesOf(graph);
  const initializers = new Map(graph.initializers);
  const values = new Map(graph.values);
  const renamed = new Map<Node, Map<number, string>>();
  for (const [name, uses] of consumers(graph)) {
    const [tensor, value] = [initializers.get(name), values.get(name)];
    if (tensor === undefined || !uses.some(isStatistic)) continue;
    // Weights come first, and keep the name.
    const readers = Map.groupBy(uses.toSorted((a, b) => +isStatistic(a) - +isStatistic(b)), readerOf);
    for (const reader of [...readers.values()].slice(1)) {
      const copy = freeName(taken, name);
      initializers.set(copy, tensor);
      if (value) values.set(copy, value);
      for (const { node, index } of reader) {
        renamed.set(node, (renamed.get(node) ?? new Map<number, string>()).set(index, copy));
      }
    }
  }
  if (renamed.size === 0) return model;
  const nodes = graph.nodes.map((node) => {
    const names = renamed.get(node);
    return names ? { ...node, inputs: node.inputs.map((input, i) => names.get(i) ?? input) } : node;
  });
  return model.withGraph({ ...graph, nodes, initializers, values });
}

/** Whether a value is read as the running mean or variance of a batch norm. */
const isStatistic = ({ node, index }: Use): boolean =>
  operatorOf(node) === "BatchNormalization" && (index === 3 || index === 4);

/** What is the same for all places where one norm reads this tensor, and for no others. */
function readerOf(use: Use): Use | string {
  const norm = use.node.inputs.slice(1, 5);
  return isStatistic(use) && new Set(norm).size === 4 ? JSON.stringify([use.index, norm]) : use;
}
