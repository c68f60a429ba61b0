import type { Graph, Model, Node } from "../model.ts";
import { reads } from "../topology.ts";
import { requireModel } from "../require_model.ts";

/**
 * The model without nodes, initializers and notes about values that no output depends on. Inputs stay, since
 * they are part of the model's interface, unless they only gave names to initializers that go.
 */
export function removeDeadCode(model: Model): Model {
  requireModel(model);
  const { graph } = model;
  const needed = new Set(graph.outputs);
  const kept: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    kept.push(node);
    for (const name of reads(node)) needed.add(name);
  }
  const nodes = kept.length === graph.nodes.length ? graph.nodes : kept.reverse();
  const produced = new Set(nodes.flatMap(({ outputs }) => outputs));
  const initializers = keep(graph.initializers, (name) => needed.has(name));
  const inputs = graph.inputs.filter((name) => !graph.initializers.has(name) || needed.has(name));
  const fed = new Set(inputs);
  const values = keep(graph.values, (name) => needed.has(name) || produced.has(name) || fed.has(name));
  const same = nodes === graph.nodes && initializers === graph.initializers && values === graph.values &&
    inputs.length === graph.inputs.length;
  if (same) return model;
  const changed: Graph = { ...graph, inputs, nodes, initializers, values };
  return model.withGraph(changed);
}

function keep<T>(map: ReadonlyMap<string, T>, wanted: (name: string) => boolean): ReadonlyMap<string, T> {
  const kept = new Map([...map].filter(([name]) => wanted(name)));
  return kept.size === map.size ? map : kept;
}
