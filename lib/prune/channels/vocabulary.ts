import { intAttribute } from "../../onnx/attribute.ts";
import type { Graph, Node } from "../../onnx/model.ts";
import { factsOf, operatorOf } from "../../onnx/operators/table.ts";
import { fedInputs, readInside, type Use } from "../../onnx/topology.ts";

/**
 * The nodes that look ids up in a stored table, by their outputs, and the input of the graph whose ids these
 * are. An input counts where its ids are looked up and nothing else is done with them, so that they may be
 * numbered anew.
 */
export function vocabularyLookups(
  graph: Graph,
  uses: ReadonlyMap<string, readonly Use[]>,
): Map<string, string> {
  const inside = new Set(graph.nodes.flatMap((node) => [...readInside(node)]));
  const outputs = new Set(graph.outputs);
  const lookups = new Map<string, string>();
  for (const input of fedInputs(graph)) {
    if (!/^u?int/.test(graph.values.get(input)?.type ?? "")) continue;
    const found = lookupsOf(input);
    for (const output of found ?? []) lookups.set(output, input);
  }
  return lookups;

  /** What a value's ids are looked up for; `undefined` where they matter as numbers. */
  function lookupsOf(name: string): string[] | undefined {
    if (inside.has(name) || outputs.has(name)) return undefined;
    const found: string[] = [];
    for (const { node, index } of uses.get(name) ?? []) {
      if (factsOf(node).sizes?.includes(index)) continue;
      if (looksUp(node, index, graph)) {
        found.push(node.outputs[0]!);
        continue;
      }
      if (index > 0 || !factsOf(node).rearranges) return undefined;
      for (const output of node.outputs) {
        const behind = lookupsOf(output);
        if (behind === undefined) return undefined;
        found.push(...behind);
      }
    }
    return found;
  }
}

const looksUp = (node: Node, index: number, { initializers }: Graph): boolean =>
  operatorOf(node) === "Gather" && index === 1 && intAttribute(node, "axis", 0) === 0 &&
  initializers.get(node.inputs[0]!)?.dims.length === 2;
