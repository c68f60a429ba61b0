import type { Graph, Node } from "../../onnx/model.ts";
import { factsOf, operatorOf } from "../../onnx/operators/table.ts";
import { consumers, producers, reads } from "../../onnx/topology.ts";
import type { Shape } from "../../onnx/dim.ts";

/** A sum of the residual stream and a branch that starts from it. */
export interface ResidualBlock {
  /** Output of the addition. */
  output: string;
  /** Which of its inputs is the stream. */
  stream: 0 | 1;
}

/**
 * The residual blocks of a graph: additions of a value and what layers made of that value, alike in shape,
 * without others inside. Such a branch can be left out: the stream goes by.
 *
 * @param shape shape of a value, where it is known
 */
export function residualBlocks(
  graph: Graph,
  shape: (name: string) => Shape | undefined,
): ResidualBlock[] {
  const maker = producers(graph);
  const uses = consumers(graph);
  const place = new Map(graph.nodes.map((node, i) => [node, i]));
  const found: (ResidualBlock & { inside: ReadonlySet<Node> })[] = [];
  for (const node of graph.nodes) {
    if (operatorOf(node) !== "Add") continue;
    for (const stream of [0, 1] as const) {
      const [kept, added] = [node.inputs[stream]!, node.inputs[1 - stream]!];
      if (kept === added || !sameShape(shape(kept), shape(node.outputs[0]!))) continue;
      if (uses.get(kept)?.length === 1 || !sameShape(shape(added), shape(kept))) continue;
      const inside = between(kept, added, maker, place);
      if (inside && [...inside].some(isLayer)) {
        found.push({ output: node.outputs[0]!, stream, inside });
        break;
      }
    }
  }
  // The smallest first: what has a block inside is none itself, and neither is a sum inside of a block.
  const sums = new Set<Node>();
  for (const { output, inside } of found.toSorted((a, b) => a.inside.size - b.inside.size)) {
    if (![...inside].some((node) => sums.has(node))) sums.add(maker.get(output)!);
  }
  return found.filter(({ output }) => sums.has(maker.get(output)!))
    .map(({ output, stream }) => ({ output, stream }));
}

const sameShape = (a: Shape | undefined, b: Shape | undefined): boolean =>
  a !== undefined && b !== undefined && a.length === b.length && a.every((dim, i) => dim === b[i]);

/** The nodes on the way from one value to another, those before the first left out; none where none leads. */
function between(
  from: string,
  to: string,
  maker: ReadonlyMap<string, Node>,
  place: ReadonlyMap<Node, number>,
): Set<Node> | undefined {
  // Nothing that stands before the stream's own maker can depend on it.
  const first = place.get(maker.get(from)!) ?? -1;
  const inside = new Set<Node>();
  let met = false;
  const waiting = [to];
  while (waiting.length > 0) {
    const name = waiting.pop()!;
    met ||= name === from;
    const node = name === from ? undefined : maker.get(name);
    if (node === undefined || inside.has(node) || place.get(node)! < first) continue;
    inside.add(node);
    waiting.push(...reads(node));
  }
  return met ? inside : undefined;
}

/** Whether a node multiplies by a matrix or slides a kernel. */
const isLayer = (node: Node): boolean => factsOf(node).macs !== undefined;
