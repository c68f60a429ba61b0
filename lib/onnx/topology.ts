import { TypeError } from "../errors.ts";
import { quoted } from "../printable.ts";
import { type Attribute, type Attributes, describe } from "./attribute.ts";
import type { Draft } from "./draft.ts";
import type { Graph, Node } from "./model.ts";
import type { AnyTensor } from "../tensor/tensor.ts";

/** Where a value is read: the node and which of its inputs. */
export interface Use {
  /** The node that reads the value. */
  node: Node;
  /** Which of the node's inputs the value is, from 0. */
  index: number;
}

/** The node that produces each value. Inputs and initializers have none. */
export function producers(graph: Pick<Graph, "nodes">): Map<string, Node> {
  const map = new Map<string, Node>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) if (output !== "") map.set(output, node);
  }
  return map;
}

/** Every place where each value is read by a node of this graph (subgraphs of control flow excluded). */
export function consumers(graph: Pick<Graph, "nodes">): Map<string, Use[]> {
  const map = new Map<string, Use[]>();
  for (const node of graph.nodes) {
    node.inputs.forEach((input, index) => {
      if (input === "") return;
      const uses = map.get(input);
      if (uses) uses.push({ node, index });
      else map.set(input, [{ node, index }]);
    });
  }
  return map;
}

/** The graph's outputs that are sequences, maps or optional values, which no engine gives. */
export function outputsWithoutTensors({ outputs, values }: Pick<Graph, "outputs" | "values">): string[] {
  return outputs.filter((name) => values.get(name)?.opaque);
}

/** The graphs in a node's attributes: branches and bodies of control flow. */
export function subgraphs({ attributes }: Node): readonly Graph[] {
  return Object.values(attributes).flatMap((attribute) =>
    attribute.type === "graph" ? [attribute.value] : attribute.type === "graphs" ? attribute.value : []
  );
}

/** Some nodes, those of a node's subgraphs before it. */
export function allNodes({ nodes }: Pick<Graph, "nodes">): Node[] {
  return nodes.flatMap((node) => [...subgraphs(node).flatMap(allNodes), node]);
}

/** Attributes with other graphs in place of those that they hold: bodies of If, Loop and Scan. */
export function withSubgraphs(attributes: Attributes, change: (graph: Graph) => Graph): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]): [string, Attribute] => [
      name,
      attribute.type === "graph"
        ? { ...attribute, value: change(attribute.value) }
        : attribute.type === "graphs"
        ? { ...attribute, value: attribute.value.map(change) }
        : attribute,
    ]),
  );
}

/** The stored tensors of a graph and its subgraphs, by name. */
export function allInitializers(graph: Graph): ReadonlyMap<string, AnyTensor> {
  const inner = graph.nodes.flatMap(subgraphs);
  if (inner.length === 0) return graph.initializers;
  return new Map(
    [graph, ...inner].flatMap((each) => [...each === graph ? each.initializers : allInitializers(each)]),
  );
}

/** The inputs that have to be fed: those that are no stored tensors. */
export function fedInputs(graph: Pick<Graph, "inputs" | "initializers">): string[] {
  return graph.inputs.filter((name) => !graph.initializers.has(name));
}

/** The stored tensors that are always the same: those that are listed among the inputs may be fed over. */
export function constantTensors(graph: Pick<Graph, "inputs" | "initializers">): Map<string, AnyTensor> {
  const inputs = new Set(graph.inputs);
  return new Map([...graph.initializers].filter(([name]) => !inputs.has(name)));
}

/** The values that a graph, as a subgraph, takes from the graphs around it. */
function captured(graph: Graph): Set<string> {
  const own = new Set([...graph.inputs, ...graph.initializers.keys()]);
  for (const node of graph.nodes) for (const output of node.outputs) own.add(output);
  const names = new Set(graph.outputs.filter((name) => !own.has(name)));
  for (const node of graph.nodes) {
    for (const name of reads(node)) if (!own.has(name)) names.add(name);
  }
  return names;
}

/** All values a node needs: its inputs and what its subgraphs take from around them. */
export function reads(node: Node): Set<string> {
  const names = new Set(node.inputs);
  for (const graph of subgraphs(node)) for (const name of captured(graph)) names.add(name);
  names.delete("");
  return names;
}

/** The values that only the subgraphs of a node take. */
export function readInside(node: Node): Set<string> {
  const names = reads(node);
  for (const input of node.inputs) names.delete(input);
  return names;
}

/**
 * The graph with its nodes, and those of its subgraphs, in topological order; nodes that are in order keep
 * it.
 *
 * @param outer values of the graphs around this one
 * @throws TypeError where a value has two producers or none, or nodes wait for each other
 */
export function sortGraph(graph: Graph, outer: ReadonlySet<string> = new Set()): Graph {
  const known = new Set([...outer, ...graph.inputs, ...graph.initializers.keys()]);
  const producer = new Map<string, Node>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      if (output === "") continue;
      if (producer.has(output) || graph.initializers.has(output) || graph.inputs.includes(output)) {
        throw new TypeError(
          `value ${quoted(output)} is produced twice, the second time by ${describe(node)}`,
        );
      }
      producer.set(output, node);
    }
  }
  const nodes = sortNodes(graph.nodes, producer, known);
  const visible = new Set([...known, ...producer.keys()]);
  for (const output of graph.outputs) {
    if (!visible.has(output)) throw new TypeError(`nothing produces the graph's output ${quoted(output)}`);
  }
  const sorted = nodes.map((node) => sortInside(node, visible));
  return sorted.every((node, i) => node === graph.nodes[i]) ? graph : { ...graph, nodes: sorted };
}

function sortNodes(
  nodes: readonly Node[],
  producer: ReadonlyMap<string, Node>,
  known: ReadonlySet<string>,
): Node[] {
  const state = new Map<Node, "waiting" | "done">();
  const order: Node[] = [];
  const needs = new Map<Node, Node[]>();
  for (const root of nodes) {
    const stack = [root];
    while (stack.length > 0) {
      const node = stack[stack.length - 1]!;
      if (state.get(node) === "done") {
        stack.pop();
        continue;
      }
      let before = needs.get(node);
      if (before === undefined) {
        before = producersOf(node, producer, known);
        needs.set(node, before);
        state.set(node, "waiting");
      }
      const next = before.pop();
      if (next === undefined) {
        state.set(node, "done");
        order.push(node);
        stack.pop();
      } else if (state.get(next) === "waiting") {
        throw new TypeError(
          `${describe(next)} and ${describe(node)} wait for each other: the graph has a cycle`,
        );
      } else stack.push(next);
    }
  }
  return order;
}

/** The nodes that must come before this one, the last of them first. */
function producersOf(
  node: Node,
  producer: ReadonlyMap<string, Node>,
  known: ReadonlySet<string>,
): Node[] {
  const before = new Set<Node>();
  for (const name of reads(node)) {
    const from = producer.get(name);
    if (from !== undefined) before.add(from);
    else if (!known.has(name)) {
      throw new TypeError(`${describe(node)} reads value ${quoted(name)}, which nothing produces`);
    }
  }
  return [...before].reverse();
}

function sortInside(node: Node, visible: ReadonlySet<string>): Node {
  const changes: Draft<Attributes> = {};
  for (const [name, attribute] of Object.entries(node.attributes)) {
    if (attribute.type === "graph") {
      const value = sortGraph(attribute.value, visible);
      if (value !== attribute.value) changes[name] = { type: "graph", value };
    } else if (attribute.type === "graphs") {
      const value = attribute.value.map((graph) => sortGraph(graph, visible));
      if (value.some((graph, i) => graph !== attribute.value[i])) changes[name] = { type: "graphs", value };
    }
  }
  if (Object.keys(changes).length === 0) return node;
  return { ...node, attributes: { ...node.attributes, ...changes } };
}

/** The values that nodes of this graph read or that it gives out. */
export function neededValues(graph: Graph): Set<string> {
  const names = new Set(graph.outputs);
  for (const node of graph.nodes) for (const name of reads(node)) names.add(name);
  return names;
}

/** Every name of a value in a graph and its subgraphs. */
export function namesOf(graph: Graph): Set<string> {
  const names = new Set([
    ...graph.inputs,
    ...graph.outputs,
    ...graph.initializers.keys(),
    ...graph.values.keys(),
  ]);
  for (const node of graph.nodes) {
    for (const name of [...node.inputs, ...node.outputs]) names.add(name);
    for (const inner of subgraphs(node)) for (const name of namesOf(inner)) names.add(name);
  }
  return names;
}
