import type { OperatorTable } from "../../onnx/operators/table.ts";
import { describe, intAttribute } from "../../onnx/attribute.ts";
import { type Axis, type Channels, isOpen, pick, stop } from "../channels/axis.ts";
import type { ChannelCall, ChannelRow } from "./row.ts";

/** The heads of an input: one label for each, and what must leave together for that. */
interface Heads {
  /** One position per head. */
  axis: Axis;
  /** Pairs within the input. */
  joins: [Axis, Axis][];
}

const range = (length: number) => Array.from({ length }, (_, i) => i);

/**
 * The heads of [batch, heads, length, size], or of [batch, length, heads · size], in which all of a head
 * goes.
 */
function headsOf(call: ChannelCall, input: number, heads: number): Heads {
  const rank = call.shape(call.node.inputs[input])?.length;
  if (rank === 4) return { axis: call.axis(input, 1), joins: [] };
  const hidden = call.axis(input, 2);
  if (!isOpen(hidden)) return { axis: hidden, joins: [] };
  const size = hidden.labels.length / heads;
  const first = (i: number) => i - i % size;
  return {
    axis: pick(hidden, range(heads).map((head) => head * size)),
    joins: [[pick(hidden, range(hidden.labels.length).map(first)), hidden]],
  };
}

/** Every head of keys as often as there are queries that share it. */
const shared = (axis: Axis, queries: number): Axis =>
  isOpen(axis) ? pick(axis, range(queries).map((i) => Math.floor(i * axis.labels.length / queries))) : axis;

/** Queries, keys and values lose whole heads, keys and values with all queries that share them. */
const attention: ChannelRow = (call) => {
  const { node, shape } = call;
  const [q, v] = [shape(node.inputs[0]), shape(node.inputs[2])];
  const joined = q?.length === 3;
  const counts = joined
    ? [intAttribute(node, "q_num_heads", 0), intAttribute(node, "kv_num_heads", 0)] as const
    : [q?.[1], v?.[1]] as const;
  const [own, others] = counts;
  // Keys of a past and what is told of the present have sizes that somebody else keeps.
  const cached = node.inputs[4] || node.outputs.slice(1).some((name) => name);
  if (!q || !v || v.length !== q.length || typeof own !== "number" || typeof others !== "number" || cached) {
    return { outputs: [] };
  }
  const [queries, keys, values] = [0, 1, 2].map((i) => headsOf(call, i, i === 0 ? own : others)) as [
    Heads,
    Heads,
    Heads,
  ];
  const joins: [Axis, Axis][] = [
    ...[queries, keys, values].flatMap((heads) => heads.joins),
    [queries.axis, shared(keys.axis, own)],
    [queries.axis, shared(values.axis, own)],
  ];
  const mask = shape(node.inputs[3]);
  if (mask?.length === 4 && mask[1] === own) joins.push([queries.axis, call.axis(3, 1)]);
  if (mask?.length === 3 && mask[0] === own) joins.push([queries.axis, call.axis(3, 0)]);
  const shut = [queries, keys, values].find(({ axis }) => !isOpen(axis))?.axis;
  const closedBy = (axis: number) => stop(call.axis(0, axis), `${describe(node)} compares it with keys`);
  const zero = isOpen(values.axis) && values.axis.zero;
  const head: Axis = shut ?? { ...queries.axis as Channels, zero };
  if (!joined) return { outputs: [[closedBy(0), head, closedBy(2), call.axis(2, 3)]], joins };
  const size = Number(v[2]) / others;
  const all = isOpen(head) ? pick(head, range(own * size).map((i) => Math.floor(i / size))) : head;
  return { outputs: [[closedBy(0), closedBy(1), all]], joins };
};

/** Turns pairs within each head: heads leave whole. */
const rotary: ChannelRow = (call) => {
  const { node, shape } = call;
  const why = `${describe(node)} turns it by its place`;
  const axes = call.axes(0).map((axis): Axis => stop(axis, why));
  if (shape(node.inputs[0])?.length === 4) return { outputs: [axes.with(1, call.axis(0, 1))] };
  const heads = intAttribute(node, "num_heads", 0);
  if (axes.length !== 3 || heads === 0) return { outputs: [axes] };
  return { outputs: [axes.with(2, call.axis(0, 2))], joins: headsOf(call, 0, heads).joins };
};

/** Attention and rotations as one operator. */
export const attentions: OperatorTable<ChannelRow> = { Attention: attention, RotaryEmbedding: rotary };
