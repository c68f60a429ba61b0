import { learnedConstants } from "../onnx/learned.ts";
import type { Graph, Model } from "../onnx/model.ts";
import { namesOf } from "../onnx/topology.ts";

/**
 * Names for constants of the computation that would pass for weights now that they are smaller: of a table of
 * factors the one row that is left has the form of a learned scale. What a stored tensor is was decided
 * before channels left, and a name that `GraphBuilder.constant` gives keeps it so, in the file too.
 *
 * @param smaller the pruned graph, with inferred types and shapes
 * @returns new names by old ones
 */
export function namesOfConstants(smaller: Graph, before: Graph): Map<string, string> {
  const [was, is] = [learnedConstants(before), learnedConstants(smaller)];
  const taken = namesOf(smaller);
  const names = new Map<string, string>();
  for (const name of is.keys()) {
    const old = before.initializers.get(name);
    if (was.has(name) || old === undefined || smaller.initializers.get(name) === old) continue;
    let free = "const";
    for (let i = 1; taken.has(free); i++) free = `const_${i}`;
    taken.add(free);
    names.set(name, free);
  }
  return names;
}

/** The model with stored tensors under other names, which no subgraph reads. */
export function renameStored(model: Model, names: ReadonlyMap<string, string>): Model {
  if (names.size === 0) return model;
  const { graph } = model;
  const nameOf = (name: string) => names.get(name) ?? name;
  const renamed = <T>(map: ReadonlyMap<string, T>) =>
    new Map([...map].map(([name, it]) => [nameOf(name), it]));
  return model.withGraph({
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.inputs.some((name) => names.has(name)) ? { ...node, inputs: node.inputs.map(nameOf) } : node
    ),
    initializers: renamed(graph.initializers),
    values: renamed(graph.values),
  });
}
