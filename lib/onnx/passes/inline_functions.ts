import { withoutUndefined } from "../../options.ts";
import { TypeError } from "../../errors.ts";
import { type Attribute, type Attributes, describe } from "../attribute.ts";
import type { LocalFunction } from "../codec/decode_function.ts";
import type { Draft } from "../draft.ts";
import { freeName } from "../free_name.ts";
import { type Graph, Model, type Node } from "../model.ts";
import { requireModel } from "../require_model.ts";
import { operatorOf } from "../operators/table.ts";
import { allNodes, namesOf, subgraphs, withSubgraphs } from "../topology.ts";

/** Deeper calls of functions by functions than any file has: the standard forbids circles. */
const DEEPEST = 32;

/** More nodes than any real file's functions hold; some hundred calls of calls may stand for billions. */
const MOST_NODES = 100_000;

/**
 * The model with the nodes of its file's own functions in place of their calls, so that shapes, gradients,
 * costs and channels see through them. A function of another version of an operator set than the model's
 * stays a call.
 *
 * @throws TypeError where that would make more than 100,000 nodes
 */
export function inlineFunctions(model: Model): Model {
  requireModel(model);
  const { graph, info } = model;
  const functions = new Map<string, LocalFunction>();
  for (const one of info.functions ?? []) {
    const fits = [...one.opsets].every(([domain, version]) => (info.opsets[domain] ?? version) === version);
    if (fits) functions.set(nameOf(one), one);
  }
  if (functions.size === 0) return model;
  requireFew(graph, functions);
  const written = inlined(graph, { known: functions, taken: namesOf(graph) }, 0);
  if (written === graph) return model;
  const used = domainsOf(written);
  const opsets = { ...info.opsets };
  for (const { domain, opsets: own } of functions.values()) {
    if (!used.has(domain)) delete opsets[domain];
    for (const [name, version] of own) opsets[name] ??= version;
  }
  const { functions: all = [], ...rest } = info;
  const left = calledBy(written, all);
  return new Model(
    written,
    withoutUndefined({ ...rest, opsets, functions: left.length > 0 ? left : undefined }),
  );
}

/** The functions that nodes call, and those that such functions call. */
function calledBy(graph: Pick<Graph, "nodes">, functions: readonly LocalFunction[]): LocalFunction[] {
  const names = new Set(allNodes(graph).map(operatorOf));
  for (let known = -1; known < names.size;) {
    known = names.size;
    for (const one of functions) {
      if (names.has(nameOf(one))) { for (const node of allNodes(one)) names.add(operatorOf(node)); }
    }
  }
  return functions.filter((one) => names.has(nameOf(one)));
}

/** Name of the operator that a function is. */
const nameOf = (one: LocalFunction): string => operatorOf({ ...one, op: one.name });

/** Counts the nodes that calls stand for before any is made. */
function requireFew(graph: Graph, known: Context["known"]): void {
  /** Nodes of each function where it is called, by how deep that is. */
  const sizes = Array.from({ length: DEEPEST }, () => new Map<LocalFunction, number>());
  const sum = (nodes: readonly Node[], depth: number): number =>
    nodes.reduce((total, node) => total + nodesOf(node, depth), 0);
  const nodesOf = (node: Node, depth: number): number => {
    const body = depth < DEEPEST ? known.get(operatorOf(node)) : undefined;
    if (!body) return subgraphs(node).reduce((total, { nodes }) => total + sum(nodes, depth), 1);
    let size = sizes[depth]!.get(body);
    if (size === undefined) sizes[depth]!.set(body, size = sum(body.nodes, depth + 1));
    return size;
  };
  const total = sum(graph.nodes.filter((node) => calls(node, known)), 0);
  if (total <= MOST_NODES) return;
  const [worst] = graph.nodes.filter((node) => calls(node, known))
    .sort((a, b) => nodesOf(b, 0) - nodesOf(a, 0));
  throw new TypeError(
    `Cannot put the nodes of the file's own functions in place of their calls: they would be ` +
      `${total.toLocaleString("en")} nodes, most of them from ${describe(worst!)}; expected at most ` +
      `${MOST_NODES.toLocaleString("en")}; write the model with functions that call each other less often`,
  );
}

function domainsOf({ nodes }: Graph): Set<string> {
  return new Set(nodes.flatMap((node) => [
    ...node.domain ? [node.domain] : [],
    ...subgraphs(node).flatMap((graph) => [...domainsOf(graph)]),
  ]));
}

interface Context {
  known: ReadonlyMap<string, LocalFunction>;
  /** Names of all values so far. */
  taken: Set<string>;
}

function inlined(graph: Graph, context: Context, depth: number): Graph {
  if (!graph.nodes.some((node) => calls(node, context.known))) return graph;
  return { ...graph, nodes: graph.nodes.flatMap((node) => expanded(node, context, depth)) };
}

function calls(node: Node, known: Context["known"]): boolean {
  return known.has(operatorOf(node)) ||
    subgraphs(node).some(({ nodes }) => nodes.some((inner) => calls(inner, known)));
}

function expanded(node: Node, context: Context, depth: number): Node[] {
  const body = depth < DEEPEST ? context.known.get(operatorOf(node)) : undefined;
  if (!body) return [withGraphs(node, (graph) => inlined(graph, context, depth))];
  const stem = node.name || node.outputs.find(Boolean) || node.op;
  const names = new Map<string, string>([["", ""]]);
  body.inputs.forEach((name, i) => names.set(name, node.inputs[i] ?? ""));
  const given = new Set(body.inputs);
  const passed: Node[] = [];
  body.outputs.forEach((name, i) => {
    const output = node.outputs[i] ?? "";
    if (!output) return;
    // What a function hands through, or gives twice, has a name already.
    if (given.has(name)) {
      passed.push({ op: "Identity", inputs: [names.get(name)!], outputs: [output], attributes: {} });
    } else {
      names.set(name, output);
      given.add(name);
    }
  });
  const rename = (name: string): string => {
    let found = names.get(name);
    if (found === undefined) {
      found = freeName(context.taken, `${stem}/${name}`);
      names.set(name, found);
    }
    return found;
  };
  const attributeOf = (name: string) => node.attributes[name] ?? body.defaults.get(name);
  const nodes = body.nodes.map((inner) => renamed(inner, rename, attributeOf, stem));
  return [...nodes.flatMap((inner) => expanded(inner, context, depth + 1)), ...passed];
}

/** A node of a function where it is called: under other names, with the attributes of the call. */
function renamed(
  node: Node,
  rename: (name: string) => string,
  attributeOf: (name: string) => Attribute | undefined,
  stem: string,
): Node {
  const attributes: Draft<Attributes> = {};
  for (const [name, attribute] of Object.entries(node.attributes)) {
    const reference = attribute.type === "opaque" ? attribute.reference : undefined;
    const value = reference === undefined ? attribute : attributeOf(reference);
    if (value) attributes[name] = value;
  }
  const inside = (graph: Graph): Graph => ({
    ...graph,
    inputs: graph.inputs.map(rename),
    outputs: graph.outputs.map(rename),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [rename(name), tensor])),
    values: new Map([...graph.values].map(([name, info]) => [rename(name), info])),
    nodes: graph.nodes.map((inner) => renamed(inner, rename, attributeOf, stem)),
  });
  const { name, ...own } = node;
  return withGraphs(
    withoutUndefined({
      ...own,
      name: name ? `${stem}/${name}` : name,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
      attributes,
    }),
    inside,
  );
}

function withGraphs(node: Node, change: (graph: Graph) => Graph): Node {
  if (subgraphs(node).length === 0) return node;
  return { ...node, attributes: withSubgraphs(node.attributes, change) };
}
