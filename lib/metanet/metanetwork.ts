import type { Chosen } from "../options.ts";
import { TypeError } from "../errors.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { Model } from "../onnx/model.ts";
import { int64 } from "../tensor/tensor.ts";
import { removeDeadCode } from "../onnx/passes/dead_code.ts";
import type { MetaFeatures } from "../metagraph/meta_features.ts";
import type { EdgeBlock, LayerView, NodeLayer } from "../metagraph/meta_graph.ts";
import { aggregate, type Messages } from "./aggregate.ts";
import { completeSettings, type Metanetwork, type MetanetworkSettings } from "./metanetwork_parameters.ts";
import {
  changeEdges,
  changeNodes,
  decodeEdges,
  decodeNodes,
  type Direction,
  encodeEdges,
  encodeNodes,
  sendMessages,
} from "./metanetwork_pieces.ts";

/**
 * Structure of a meta graph that a metanetwork is built for: a {@linkcode MetaGraph} without its features
 * will do.
 */
export interface MetaStructure {
  /** Layers of nodes. */
  readonly layers:
    readonly (Pick<NodeLayer, "channels" | "context"> & Partial<Pick<NodeLayer, "features">>)[];
  /** Blocks of edges between them. */
  readonly blocks: readonly Pick<EdgeBlock, "name" | "kind" | "from" | "to" | "taps">[];
}

type BlockShape = MetaStructure["blocks"][number];

/** Features with a small change, in the shapes they came in. */
export interface Changed extends MetaFeatures {
  /** States of the edges between the layers of the metanetwork: all else of their size follows from them. */
  states: readonly Value[];
}

/** Stored parameters become part of the graph under their names; a metanetwork can be added once. */
export function addParameters(g: GraphBuilder, { weights }: Metanetwork): void {
  for (const [name, tensor] of Object.entries(weights)) g.parameter(name, tensor);
}

/**
 * Adds the metanetwork to a graph: a message-passing network over channels (nodes) and kernels (edges) that
 * returns both with a small learned change.
 *
 * Source: Liu, Wang, Zhang, "Meta Pruning via Graph Metanetworks", 2025, arXiv 2506.12041, and its official
 * code: principal neighbourhood aggregation in both directions, in the second with half of the edge state
 * negated.
 *
 * No edge list: a layer's weight is one block [to, from, hidden], and messages are products with node states
 * that broadcast along its rows or columns.
 */
export function addMetanetwork(
  g: GraphBuilder,
  structure: MetaStructure,
  features: MetaFeatures,
  settings: MetanetworkSettings,
): Changed {
  const complete = completeSettings(settings);
  requireParts(structure, features);
  requireReadable(structure, complete);
  const counts = structure.layers.map(({ channels }) => channels);
  const net: Net = { g, structure, counts, settings: complete };
  const x = join(g, features.nodes); // [nodes, nodeFeatures]
  const context = complete.nodeContext === 0
    ? undefined
    : join(g, structure.layers.map(({ context }) => g.constant(context)));
  const flat = structure.blocks.map(({ taps }, i) => g.reshape(features.edges[i]!, [-1, taps.length]));
  /** [edges, last] as its block lies. */
  const inBlock = (x: Value, i: number, last: number) =>
    g.reshape(x, [...g.shape(features.edges[i]!).slice(0, -1).map(Number), last]);
  let state: State = {
    nodes: encodeNodes(g, x, context), // [nodes, hidden]
    edges: structure.blocks.map(({ taps }, i) =>
      inBlock(encodeEdges(g, flat[i]!, taps, complete), i, complete.hidden)
    ),
  };
  const states = [...state.edges];
  for (let layer = 0; layer < complete.layers; layer++) {
    state = passMessages(net, state, `layers.${layer}`);
    states.push(...state.edges);
  }
  return {
    nodes: split(g, decodeNodes(g, x, state.nodes, complete), counts),
    edges: structure.blocks.map(({ taps }, i) => {
      const edges = g.reshape(state.edges[i]!, [-1, complete.hidden]);
      return inBlock(decodeEdges(g, { features: flat[i]!, state: edges }, taps, complete), i, taps.length);
    }),
    states,
  };
}

interface Net {
  g: GraphBuilder;
  structure: MetaStructure;
  counts: readonly number[];
  settings: Chosen<MetanetworkSettings>;
}

interface State {
  /** All layers' nodes below each other, [nodes, hidden]. */
  nodes: Value;
  /** States of the edges by block, [to, from, hidden] or [nodes, hidden]. */
  edges: Value[];
}

/** One layer: messages backwards through the network and forwards, with the same weights. */
function passMessages(
  { g, structure, counts, settings: { hidden } }: Net,
  { nodes, edges }: State,
  name: string,
): State {
  const { sent, received, edgeFrom, edgeTo } = sendMessages(g, nodes, name, hidden);
  /**
   * Aggregated messages for each layer in one direction; a factor of the receiving node is the same for all
   * its messages.
   */
  const told = (direction: Direction): Value => {
    const [senders, receivers] = [sent[direction], received].map((states) => split(g, states, counts)) as [
      Value[],
      Value[],
    ];
    const along = direction === "backward" ? "rows" : "columns";
    const messages = structure.blocks.map(({ kind, from, to }, i) => {
      const [source, target] = direction === "backward" ? [to, from] : [from, to];
      const states = alongEdges(g, nodesOf(g, senders, source), kind, along);
      return {
        target,
        values: g.mul(states, edges[i]!),
        over: kind === "diagonal" ? undefined : along === "rows" ? 0 as const : 1 as const,
        count: kind === "diagonal" ? 1 : source.length,
      };
    });
    return join(
      g,
      counts.map((count, layer) => {
        const own = messages.flatMap(({ target, ...message }): Messages[] => {
          const places = placesIn(target, layer, counts);
          return places === "none" ? [] : [places === "all" ? message : { ...message, places }];
        });
        return aggregate(g, own, receivers[layer]!, [count, hidden]);
      }),
    );
  };
  const ends = [split(g, edgeFrom, counts), split(g, edgeTo, counts)];
  return {
    nodes: changeNodes(g, nodes, { backward: told("backward"), forward: told("forward") }, name),
    edges: structure.blocks.map((block, i) => {
      const side = (view: LayerView, along: "rows" | "columns") => {
        const [edgeFrom, edgeTo] = ends.map((states) =>
          alongEdges(g, nodesOf(g, states, view), block.kind, along)
        ) as [Value, Value];
        return { edgeFrom, edgeTo };
      };
      return changeEdges(g, edges[i]!, side(block.to, "rows"), side(block.from, "columns"));
    }),
  };
}

/** The states of a view's nodes, [nodes, hidden], from those of each layer. */
function nodesOf(g: GraphBuilder, states: readonly Value[], { layers, indices }: LayerView): Value {
  const all = join(g, layers.map((layer) => states[layer]!));
  return indices ? g.gather(all, g.constant(int64([...indices]))) : all;
}

/** For each node of a layer its place in a view, −1 where it is not there. */
function placesIn(
  { layers, indices, length }: LayerView,
  layer: number,
  counts: readonly number[],
): "all" | "none" | number[] {
  const at = layers.indexOf(layer);
  if (at < 0) return "none";
  if (!indices && layers.length === 1) return "all";
  const start = layers.slice(0, at).reduce((sum, before) => sum + counts[before]!, 0);
  const places = new Array<number>(counts[layer]!).fill(-1);
  for (let i = 0; i < length; i++) {
    const node = (indices ? indices[i]! : i) - start;
    if (node >= 0 && node < places.length) places[node] = i;
  }
  return places;
}

/** Node states [nodes, hidden] along the rows or the columns of a block. */
function alongEdges(
  g: GraphBuilder,
  nodes: Value,
  kind: BlockShape["kind"],
  side: "rows" | "columns",
): Value {
  return kind === "diagonal" ? nodes : g.unsqueeze(nodes, [side === "rows" ? 1 : 0]);
}

function join(g: GraphBuilder, parts: readonly Value[]): Value {
  return parts.length === 1 ? parts[0]! : g.concat(parts, 0);
}

function split(g: GraphBuilder, x: Value, counts: readonly number[]): Value[] {
  return counts.length === 1 ? [x] : g.split(x, counts);
}

function requireParts({ layers, blocks }: MetaStructure, { nodes, edges }: MetaFeatures): void {
  if (nodes.length === layers.length && edges.length === blocks.length) return;
  throw new TypeError(
    `Cannot add a metanetwork: the graph has ${layers.length} layers and ${blocks.length} blocks, but there are ` +
      `features for ${nodes.length} and ${edges.length}`,
  );
}

/**
 * Checks that a metanetwork of these settings reads a graph.
 *
 * @throws TypeError saying which features, which context or which edges it does not read
 */
export function requireReadable(
  { layers, blocks }: MetaStructure,
  settings: Chosen<MetanetworkSettings>,
): void {
  const other = layers.find(({ features }) => features && features.dims[1] !== settings.nodeFeatures);
  if (other) {
    throw new TypeError(
      `Cannot add this metanetwork: it reads ${settings.nodeFeatures} features per node, and the graph has ` +
        `${other.features!.dims[1]}; make the graph in the layout the metanetwork was made for`,
    );
  }
  const context = layers[0]?.context.dims[1] ?? 0;
  if (settings.nodeContext !== 0 && settings.nodeContext !== context) {
    throw new TypeError(
      `Cannot add this metanetwork: it reads ${settings.nodeContext} numbers of context per node, and the graph has ` +
        `${context}; make the graph in the layout the metanetwork was made for`,
    );
  }
  if (settings.edges === "taps") return;
  for (const { taps, name } of blocks) {
    if (!settings.edges.includes(taps.length)) {
      throw new TypeError(
        `Cannot add this metanetwork: edges "${name}" have ${taps.length} numbers, and it reads ` +
          `${settings.edges.join(", ")}; use one with edges "taps", or one made for this architecture`,
      );
    }
  }
}

/**
 * The metanetwork over one structure as a model of its own: inputs `nodes.0` … and `edges.0` …, outputs
 * `nodes.0.next` … and `edges.0.next` …, of the same shapes.
 *
 * @throws TypeError where it reads no nodes or edges of these sizes
 */
export function metanetworkModel(metanetwork: Metanetwork, structure: MetaStructure): Model {
  const g = new GraphBuilder("metanetwork");
  const { settings } = metanetwork;
  const nodes = structure.layers.map(({ channels }, i) =>
    g.input(`nodes.${i}`, "float32", [channels, settings.nodeFeatures])
  );
  const edges = structure.blocks.map(({ kind, from, to, taps }, i) => {
    const [rows, columns] = [to.length, from.length];
    return g.input(
      `edges.${i}`,
      "float32",
      kind === "dense" ? [rows, columns, taps.length] : [rows, taps.length],
    );
  });
  addParameters(g, metanetwork);
  const next = addMetanetwork(g, structure, { nodes, edges }, settings);
  next.nodes.forEach((value, i) => g.output(value, `nodes.${i}.next`));
  next.edges.forEach((value, i) => g.output(value, `edges.${i}.next`));
  return removeDeadCode(g.model());
}
