import type { Graph, Node } from "../../onnx/model.ts";
import { factsOf } from "../../onnx/operators/table.ts";
import type { TensorType } from "../../tensor/tensor.ts";
import { producers, reads } from "../../onnx/topology.ts";
import type { LinearLayer } from "../linear_layers.ts";

/** Layers whose inputs are collected together, before any of them changes. */
export interface Stage {
  /** What the layers have in common: the block's name. */
  readonly name: string;
  /** The layers, in the order of the graph. */
  readonly layers: readonly LinearLayer[];
}

/**
 * The stages of a model: its blocks in the order of their first layers, or with `"layers"` the sets of layers
 * that share an input, one after another, so that later layers of a block see what earlier ones lost.
 */
export function stagesOf(layers: readonly LinearLayer[], order: "blocks" | "layers"): Stage[] {
  const stages = new Map<string, LinearLayer[]>();
  for (const layer of layers) {
    const name = order === "blocks" ? layer.block : layer.shares;
    stages.set(name, [...stages.get(name) ?? [], layer]);
  }
  return [...stages].map(([name, layers]) => ({
    name: order === "blocks" ? name : layers[0]!.weight,
    layers,
  }));
}

/** What a model computes from stage to stage. */
export interface Flow {
  /** For each value the last stage whose layers it depends on; −1 where it depends on no product at all. */
  readonly stageOf: ReadonlyMap<string, number>;
  /** Values that later stages need once this one is done. */
  carried(stage: number): string[];
}

/** Follows values through a graph. */
export function flowOf(graph: Graph, stages: readonly Stage[]): Flow {
  const own = new Map(
    stages.flatMap(({ layers }, i) => layers.map(({ node }) => [node.outputs[0]!, i] as const)),
  );
  const stageOf = new Map<string, number>();
  const last = new Map<string, number>(); // value → the last stage that reads it
  for (const node of graph.nodes) {
    const inputs = [...reads(node)];
    // Products before the first stage belong to it: what they gave is kept, and not computed again for each.
    const least = own.get(node.outputs[0]!) ?? (factsOf(node).macs ? 0 : -1);
    const stage = Math.max(least, ...inputs.map((name) => stageOf.get(name) ?? -1));
    for (const output of node.outputs) stageOf.set(output, stage);
    for (const name of inputs) last.set(name, Math.max(last.get(name) ?? -1, stage));
  }
  for (const [i, { layers }] of stages.entries()) {
    for (const { input } of layers) last.set(input, Math.max(last.get(input) ?? -1, i));
  }
  return {
    stageOf,
    carried: (done) =>
      [...stageOf].flatMap(([name, stage]) =>
        stage >= 0 && stage <= done && (last.get(name) ?? -1) > done ? [name] : []
      ),
  };
}

/**
 * The part of a graph that computes these values from others that are given, and from its own inputs.
 *
 * @param given element types of the values that are fed
 */
export function partOf(
  graph: Graph,
  targets: readonly string[],
  given: ReadonlyMap<string, TensorType>,
): Graph {
  const made = producers(graph);
  const nodes = new Set<Node>();
  const needed = new Set<string>();
  const ask = [...targets];
  while (ask.length > 0) {
    const name = ask.pop()!;
    if (needed.has(name)) continue;
    needed.add(name);
    const node = given.has(name) ? undefined : made.get(name);
    if (!node || nodes.has(node)) continue;
    nodes.add(node);
    ask.push(...reads(node));
  }
  const fed = [...given.keys()].filter((name) => needed.has(name));
  const inputs = graph.inputs.filter((name) => needed.has(name) && !graph.initializers.has(name));
  return {
    name: graph.name,
    inputs: [...inputs, ...fed],
    outputs: [],
    nodes: graph.nodes.filter((node) => nodes.has(node)),
    initializers: new Map([...graph.initializers].filter(([name]) => needed.has(name))),
    values: new Map([
      ...[...graph.values].filter(([name]) => needed.has(name)),
      ...fed.map((name) => [name, { ...graph.values.get(name), type: given.get(name)! }] as const),
    ]),
  };
}
