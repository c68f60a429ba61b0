import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { Model } from "../onnx/model.ts";
import { int64 } from "../onnx/tensor.ts";
import { removeDeadCode } from "../onnx/dead_code.ts";
import type { EdgeBlock, LayerView, NodeLayer } from "./meta_graph.ts";
import { aggregate, type Messages } from "./aggregate.ts";
import {
  completeSettings,
  MESSAGE_LAYERS,
  type Metanetwork,
  type MetanetworkSettings,
  PREFIX,
  TAP_KINDS,
  TAP_PLACES,
  TAP_REACH,
  WIDE_EDGE,
} from "./metanetwork_parameters.ts";

/** What a metanetwork must know of a meta-graph: a {@linkcode MetaGraph} without its features will do. */
export interface MetaStructure {
  /** Layers of nodes. */
  readonly layers: readonly Pick<NodeLayer, "channels" | "context">[];
  /** Blocks of edges between them. */
  readonly blocks: readonly Pick<EdgeBlock, "name" | "kind" | "from" | "to" | "taps">[];
}

type BlockShape = MetaStructure["blocks"][number];

export { createMetanetwork, type Metanetwork, type MetanetworkSettings } from "./metanetwork_parameters.ts";

/** Features: [channels, nodeFeatures] by layer, and [to, from, taps] or [nodes, taps] by block. */
export interface MetaFeatures {
  nodes: readonly Value[];
  edges: readonly Value[];
}

/** Stored parameters become part of the graph under their names; a metanetwork can be added once. */
export function addParameters(g: GraphBuilder, { weights }: Metanetwork): void {
  for (const [name, tensor] of Object.entries(weights)) g.parameter(name, tensor);
}

/**
 * Adds the metanetwork to a graph: a message-passing network over channels (nodes) and kernels (edges) that returns both
 * with a small learned change.
 *
 * Source: Liu, Wang, Zhang, "Meta Pruning via Graph Metanetworks", 2025, arXiv 2506.12041, and its official code:
 * principal neighbourhood aggregation in both directions, in the second with half of the edge state negated.
 *
 * No edge list: a layer's weight is one block [to, from, hidden], and messages are products with node states that
 * broadcast along its rows or columns.
 */
export function addMetanetwork(
  g: GraphBuilder,
  structure: MetaStructure,
  features: MetaFeatures,
  settings: MetanetworkSettings,
): { nodes: Value[]; edges: Value[] } {
  const complete = completeSettings(settings);
  requireParts(structure, features, complete);
  const counts = structure.layers.map(({ channels }) => channels);
  const net: Net = { g, structure, counts, settings: complete };
  const x = join(g, features.nodes); // [nodes, nodeFeatures]
  let state: State = {
    nodes: affine(g, withContext(net, x), "node_encoder"), // [nodes, hidden]
    edges: structure.blocks.map((block, i) => encodeEdges(net, block, features.edges[i]!)),
  };
  for (let layer = 0; layer < complete.layers; layer++) state = passMessages(net, state, `layers.${layer}`);
  const changed = g.add(x, g.mul(decode(g, state.nodes, "node_decoder"), complete.ratio));
  return {
    nodes: split(g, changed, counts),
    edges: structure.blocks.map((block, i) => {
      const change = decodeEdges(net, block, state.edges[i]!);
      return g.add(features.edges[i]!, g.mul(change, complete.ratio));
    }),
  };
}

interface Net {
  g: GraphBuilder;
  structure: MetaStructure;
  counts: readonly number[];
  settings: Required<MetanetworkSettings>;
}

interface State {
  /** All layers' nodes below each other, [nodes, hidden]. */
  nodes: Value;
  /** By block, [to, from, hidden] or [nodes, hidden]. */
  edges: Value[];
}

/** One layer: messages backwards through the network and forwards, with the same weights. */
function passMessages(
  { g, structure, counts, settings: { hidden } }: Net,
  { nodes, edges }: State,
  name: string,
): State {
  const normal = normalize(g, nodes);
  const [messageFrom, messageTo, edgeFrom, edgeTo] = MESSAGE_LAYERS.map((linear) =>
    g.silu(affine(g, normal, `${name}.${linear}`))
  ) as [Value, Value, Value, Value];
  const sides = {
    backward: { sent: split(g, messageFrom, counts), received: split(g, messageTo, counts) },
    forward: {
      sent: split(g, invert(g, messageFrom, hidden), counts),
      received: split(g, messageTo, counts),
    },
  };
  /** What each layer is sent in one direction; a factor of the receiving node is the same for all its messages. */
  const change = (direction: "backward" | "forward"): Value => {
    const { sent, received } = sides[direction];
    const along = direction === "backward" ? "rows" : "columns";
    const messages = structure.blocks.map(({ kind, from, to }, i) => {
      const [source, target] = direction === "backward" ? [to, from] : [from, to];
      const states = alongEdges(g, nodesOf(g, sent, source), kind, along);
      return {
        target,
        values: g.mul(states, edges[i]!),
        over: kind === "diagonal" ? undefined : along === "rows" ? 0 as const : 1 as const,
        count: kind === "diagonal" ? 1 : source.length,
      };
    });
    const changes = counts.map((count, layer) => {
      const own = messages.flatMap(({ target, ...message }): Messages[] => {
        const places = placesIn(target, layer, counts);
        return places === "none" ? [] : [places === "all" ? message : { ...message, places }];
      });
      return aggregate(g, own, received[layer]!, [count, hidden]);
    });
    return affine(g, join(g, changes), `${name}.aggregate`);
  };
  const [from, to] = [split(g, edgeFrom, counts), split(g, edgeTo, counts)];
  return {
    nodes: g.add(nodes, g.add(change("backward"), change("forward"))),
    edges: structure.blocks.map((block, i) => {
      const rows = (side: Value[]) => alongEdges(g, nodesOf(g, side, block.to), block.kind, "rows");
      const columns = (side: Value[]) => alongEdges(g, nodesOf(g, side, block.from), block.kind, "columns");
      // The inverter, applied to the edge and to its change, cancels: the directions differ only in who sends.
      const both = g.add(g.mul(rows(from), columns(to)), g.mul(columns(from), rows(to)));
      return g.add(edges[i]!, g.mul(both, edges[i]!));
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

/** Node features with what is told of the nodes beside them. */
function withContext({ g, structure, settings: { nodeContext } }: Net, x: Value): Value {
  if (nodeContext === 0) return x;
  const contexts = structure.layers.map(({ context }) => g.constant(context));
  return g.concat([x, join(g, contexts)], 1);
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

/** The first half of the last axis as it is, the rest negated: the fixed vector r of the paper's code. */
function invert(g: GraphBuilder, x: Value, hidden: number): Value {
  const first = Math.floor(hidden / 2);
  if (first === 0) return g.neg(x);
  const [kept, turned] = g.split(x, [first, hidden - first], 1);
  return g.concat([kept!, g.neg(turned!)], 1);
}

function encodeEdges({ g, settings: { edges, hidden } }: Net, block: BlockShape, features: Value): Value {
  const size = block.taps.length;
  const shape = g.shape(features).map(Number);
  const flat = flatten(g, features, size);
  const encoded = edges === "taps"
    ? g.add(g.matMul(flat, tapRows(g, "edge_encoder.taps", block)), `${PREFIX}edge_encoder.bias`)
    : size > WIDE_EDGE
    ? affine(g, g.silu(affine(g, flat, `edge_encoder.${size}.wide`)), `edge_encoder.${size}`)
    : affine(g, flat, `edge_encoder.${size}`);
  return g.reshape(encoded, [...shape.slice(0, -1), hidden]);
}

function decodeEdges({ g, settings: { edges, hidden } }: Net, block: BlockShape, state: Value): Value {
  const size = block.taps.length;
  const shape = g.shape(state).map(Number);
  const flat = flatten(g, state, hidden);
  let decoded: Value;
  if (edges === "taps") {
    const inner = decodeHidden(g, flat, "edge_decoder");
    const taps = g.transpose(tapRows(g, "edge_decoder.taps", block), [1, 0]); // [hidden, taps]
    decoded = g.add(g.matMul(inner, taps), tapRows(g, "edge_decoder.tap_bias", block));
  } else {
    decoded = decode(g, flat, `edge_decoder.${size}`);
    if (size > WIDE_EDGE) decoded = affine(g, g.silu(decoded), `edge_decoder.${size}.wide`);
  }
  return g.reshape(decoded, [...shape.slice(0, -1), size]);
}

/** The rows of a table of taps that a block's kernels have. */
function tapRows(g: GraphBuilder, table: string, { taps }: BlockShape): Value {
  const place = (offset: number) => TAP_REACH + Math.max(-TAP_REACH, Math.min(TAP_REACH, Math.round(offset)));
  const rows = taps.map(([y = 0, x = 0, kind = 0]) =>
    Math.max(0, Math.min(TAP_KINDS - 1, kind)) * TAP_PLACES + place(y) * (2 * TAP_REACH + 1) + place(x)
  );
  return g.gather(`${PREFIX}${table}`, g.constant(int64(rows)));
}

function decode(g: GraphBuilder, state: Value, name: string): Value {
  return affine(g, decodeHidden(g, state, name), `${name}.out`);
}

function decodeHidden(g: GraphBuilder, state: Value, name: string): Value {
  return g.silu(affine(g, normalize(g, state), `${name}.hidden`));
}

/** x·Wᵀ + b with the parameters of that name, [rows, in] → [rows, out]. */
function affine(g: GraphBuilder, x: Value, name: string): Value {
  return g.gemm(x, `${PREFIX}${name}.weight`, `${PREFIX}${name}.bias`, { transB: 1 });
}

/** Layer norm without scale and shift that could be learned. */
function normalize(g: GraphBuilder, x: Value): Value {
  const centred = g.sub(x, g.reduceMean(x, [-1]));
  return g.div(centred, g.sqrt(g.add(g.reduceMean(g.mul(centred, centred), [-1]), 1e-5)));
}

function flatten(g: GraphBuilder, x: Value, last: number): Value {
  return g.reshape(x, [-1, last]);
}

function join(g: GraphBuilder, parts: readonly Value[]): Value {
  return parts.length === 1 ? parts[0]! : g.concat(parts, 0);
}

function split(g: GraphBuilder, x: Value, counts: readonly number[]): Value[] {
  return counts.length === 1 ? [x] : g.split(x, counts);
}

function requireParts(
  { layers, blocks }: MetaStructure,
  { nodes, edges }: MetaFeatures,
  settings: Required<MetanetworkSettings>,
): void {
  if (nodes.length !== layers.length || edges.length !== blocks.length) {
    throw new TypeError(
      `Cannot add a metanetwork: the graph has ${layers.length} layers and ${blocks.length} blocks, but there are ` +
        `features for ${nodes.length} and ${edges.length}`,
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
 * The metanetwork over one structure as a model of its own: inputs `nodes.0` … and `edges.0` …, outputs `nodes.0.next` …
 * and `edges.0.next` …, of the same shapes.
 *
 * @throws TypeError where it reads no edges of these sizes
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
