import type { Graph, Node } from "../model.ts";
import { factsOf, operatorOf } from "../operators/table.ts";
import { readInside, subgraphs } from "../topology.ts";
import { bytesOf } from "../../tensor/arrays.ts";
import { type AnyTensor, isTensor, sizeOf, type Tensor } from "../../tensor/tensor.ts";

/** Stored tensors of no more numbers are compared by them. */
const FEW = 16;

/**
 * The nodes of a graph without those that compute what another computes before them, as engines do before
 * they run a graph: operators that are not random, on the same values, with the same attributes. What the
 * graph gives out, or graphs inside of nodes read, keeps its node.
 */
export function shareEqualNodes(graph: Graph): Node[] {
  const same = new Map<string, string>();
  const known = new Map<string, string>();
  const nameOf = (value: string) => same.get(value) ?? value;
  const share = (key: string, values: readonly string[]) => {
    values.forEach((value, i) => {
      if (value === "") return;
      const first = known.get(`${key} ${i}`);
      if (first === undefined) known.set(`${key} ${i}`, value);
      else same.set(value, first);
    });
  };
  for (const [name, tensor] of graph.initializers) {
    if (isSmall(tensor)) share(`${tensor.type} [${tensor.dims}] ${bytesOf(tensor)}`, [name]);
  }
  const named = new Set([...graph.outputs, ...graph.nodes.flatMap((node) => [...readInside(node)])]);
  return graph.nodes.flatMap((original) => {
    const node = { ...original, inputs: original.inputs.map(nameOf) };
    const { random, since } = factsOf(node);
    const key = keyOf(node);
    if (random || since === undefined || node.outputs.some((output) => named.has(output)) || !key) {
      return [node];
    }
    const isNew = node.outputs.some((output, i) => output !== "" && !known.has(`${key} ${i}`));
    share(key, node.outputs);
    return isNew ? [node] : [];
  });
}

function isSmall(tensor: AnyTensor): tensor is Tensor {
  return isTensor(tensor) && sizeOf(tensor.dims) <= FEW && tensor.type !== "string";
}

/** What a node computes; nothing where graphs or large tensors are part of it. */
function keyOf(node: Node): string | undefined {
  if (subgraphs(node).length > 0) return undefined;
  const attributes = Object.entries(node.attributes).sort(([a], [b]) => a < b ? -1 : 1);
  if (attributes.some(([, { type }]) => !/^(int|float|string)s?$/.test(type))) return undefined;
  const told = attributes.map(([name, { value }]) => [name, [value].flat().map(String)]);
  return JSON.stringify([operatorOf(node), node.inputs, told]);
}
