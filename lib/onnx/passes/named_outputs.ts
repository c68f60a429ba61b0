import type { Model } from "../model.ts";
import { operatorOf } from "../operators/table.ts";
import { producers, readInside } from "../topology.ts";

/**
 * The model without nodes that only give an output its name: what makes the value makes it by that name, and
 * all who read it read that. An engine copies such a value whole. Values that the model stores or is fed, or
 * that graphs inside of nodes read, keep their names and nodes.
 */
export function nameOutputs(model: Model): Model {
  const { graph } = model;
  const made = producers(graph);
  const outputs = new Set(graph.outputs);
  const inside = new Set(graph.nodes.flatMap((node) => [...readInside(node)]));
  const names = new Map<string, string>();
  const nodes = graph.nodes.filter((node) => {
    const [value, name] = [node.inputs[0]!, node.outputs[0]!];
    if (operatorOf(node) !== "Identity" || !outputs.has(name)) return true;
    if (!made.has(value) || outputs.has(value) || inside.has(value) || names.has(value)) return true;
    names.set(value, name);
    return false;
  });
  if (names.size === 0) return model;
  const named = (value: string) => names.get(value) ?? value;
  return model.withGraph({
    ...graph,
    nodes: nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(named),
      outputs: node.outputs.map(named),
    })),
    values: new Map([...graph.values].filter(([value]) => !names.has(value))),
  });
}
