/**
 * Pieces of a metanetwork, computed of nodes by themselves and of edges by themselves; between its pieces lie
 * the sums over messages. In `metanetwork.ts` they are one graph, in `run_by_blocks.ts` a graph each.
 */
import type { Chosen } from "../options.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { int64 } from "../tensor/tensor.ts";
import type { KernelPosition } from "../metagraph/meta_graph.ts";
import {
  MESSAGE_LAYERS,
  type MetanetworkSettings,
  PREFIX,
  TAP_KINDS,
  TAP_PLACES,
  TAP_REACH,
  WIDE_EDGE,
} from "./metanetwork_parameters.ts";

type Settings = Chosen<MetanetworkSettings>;

/** Messages of nodes in a message-passing layer, each [nodes, hidden]. */
export interface SentMessages {
  /** The sender's factor of messages backwards through the network, and forwards. */
  sent: Record<Direction, Value>;
  /** The receiver's, in both directions. */
  received: Value;
  /** How edges change: a factor of one end times one of the other. */
  edgeFrom: Value;
  /** The factor of the receiving end in how edges change. */
  edgeTo: Value;
}

/** Which way messages go: first from what is made to what it is made of, then the other way. */
export type Direction = "backward" | "forward";

/**
 * States of nodes from their features and, where it is told any, their context: [nodes, …] → [nodes, hidden].
 */
export function encodeNodes(g: GraphBuilder, features: Value, context: Value | undefined): Value {
  return affine(g, context === undefined ? features : g.concat([features, context], 1), "node_encoder");
}

/** Messages that nodes of these states send in a layer. */
export function sendMessages(g: GraphBuilder, nodes: Value, layer: string, hidden: number): SentMessages {
  const normal = normalize(g, nodes);
  const [from, received, edgeFrom, edgeTo] = MESSAGE_LAYERS.map((linear) =>
    g.silu(affine(g, normal, `${layer}.${linear}`))
  ) as [Value, Value, Value, Value];
  return { sent: { backward: from, forward: invert(g, from, hidden) }, received, edgeFrom, edgeTo };
}

/** States of nodes after what they were told from both sides, [nodes, 4·hidden]. */
export function changeNodes(
  g: GraphBuilder,
  nodes: Value,
  told: Record<Direction, Value>,
  layer: string,
): Value {
  const change = (direction: Direction) => affine(g, told[direction], `${layer}.aggregate`);
  return g.add(nodes, g.add(change("backward"), change("forward")));
}

/** States of edges after what their ends say; `rows` and `columns` broadcast along a block. */
export function changeEdges(
  g: GraphBuilder,
  edges: Value,
  rows: Pick<SentMessages, "edgeFrom" | "edgeTo">,
  columns: Pick<SentMessages, "edgeFrom" | "edgeTo">,
): Value {
  // The inverter, applied to the edge and to its change, cancels: the directions differ only in who sends.
  const both = g.add(g.mul(rows.edgeFrom, columns.edgeTo), g.mul(columns.edgeFrom, rows.edgeTo));
  return g.add(edges, g.mul(both, edges));
}

/** Features of nodes with their change. */
export function decodeNodes(g: GraphBuilder, features: Value, state: Value, { ratio }: Settings): Value {
  return g.add(features, g.mul(decode(g, state, "node_decoder"), ratio));
}

/** States of edges from their features: [edges, taps] → [edges, hidden]. */
export function encodeEdges(
  g: GraphBuilder,
  features: Value,
  taps: readonly KernelPosition[],
  { edges }: Settings,
): Value {
  const size = taps.length;
  if (edges === "taps") {
    return g.add(
      g.matMul(features, tapRows(g, "edge_encoder.taps", taps)),
      `${PREFIX}edge_encoder.bias`,
    );
  }
  const wide = size > WIDE_EDGE ? g.silu(affine(g, features, `edge_encoder.${size}.wide`)) : features;
  return affine(g, wide, `edge_encoder.${size}`);
}

/** Features of edges, [edges, taps], with their change. */
export function decodeEdges(
  g: GraphBuilder,
  { features, state }: { features: Value; state: Value },
  taps: readonly KernelPosition[],
  { edges, ratio }: Settings,
): Value {
  const size = taps.length;
  let change: Value;
  if (edges === "taps") {
    const inner = decodeHidden(g, state, "edge_decoder");
    const table = g.transpose(tapRows(g, "edge_decoder.taps", taps), [1, 0]); // [hidden, taps]
    change = g.add(g.matMul(inner, table), tapRows(g, "edge_decoder.tap_bias", taps));
  } else {
    change = decode(g, state, `edge_decoder.${size}`);
    if (size > WIDE_EDGE) change = affine(g, g.silu(change), `edge_decoder.${size}.wide`);
  }
  return g.add(features, g.mul(change, ratio));
}

/** The first half of the last axis as it is, the rest negated: the fixed vector r of the paper's code. */
function invert(g: GraphBuilder, x: Value, hidden: number): Value {
  const first = Math.floor(hidden / 2);
  if (first === 0) return g.neg(x);
  const [kept, turned] = g.split(x, [first, hidden - first], 1);
  return g.concat([kept!, g.neg(turned!)], 1);
}

/** The rows of a table of taps that a block's kernels have. */
function tapRows(g: GraphBuilder, table: string, taps: readonly KernelPosition[]): Value {
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
