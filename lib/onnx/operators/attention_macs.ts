import { addDims, type Dim, divideDims, multiplyDims, type Shape, shapeSize } from "../dim.ts";
import { intAttribute, intsAttribute } from "../attribute.ts";
import type { Node } from "../model.ts";
import type { MacFacts } from "./facts.ts";

/**
 * Every query against every key, over the size of a key's head, and the weights times every value, over the
 * size of a value's: queries and output have one head each per head, so their elements are what a key costs.
 */
function attended(queries: Dim | undefined, output: Shape | undefined, keys: Dim | undefined) {
  if (queries === undefined || output === undefined || keys === undefined) return undefined;
  return multiplyDims(keys, addDims(queries, shapeSize(output)));
}

/** How many keys there are with those that an earlier call left, which lie along an axis of an input. */
function withPast(keys: Dim | undefined, node: Node, inputs: readonly (Shape | undefined)[], past: PastKeys) {
  if (!node.inputs[past.input]) return keys;
  // A buffer for the longest text of which so much is filled as only the run knows.
  if (past.length !== undefined && node.inputs[past.length]) {
    return keys === undefined ? undefined : addDims(keys, "past_sequence_length");
  }
  const earlier = inputs[past.input]?.[past.axis];
  return keys === undefined || earlier === undefined ? undefined : addDims(keys, earlier);
}

interface PastKeys {
  input: number;
  axis: number;
  /** The input that says how much of the past is filled, where it is a buffer that the present shares. */
  length?: number;
}

/** Attention to keys of their own, or packed with the values or with the queries too. */
export const attentionMacs = (past: PastKeys): MacFacts => ({
  count: ({ inputs, output }, node) => {
    const [queries] = inputs;
    // [batch, length, heads, queries and keys and values, size], else [batch, length, hidden] or
    // [batch, heads, length, size].
    const packed = queries?.length === 5;
    // Keys may be [batch, length, heads, keys and values, size] too.
    const keys = packed ? queries : inputs[1];
    const size = queries && (packed ? divideDims(shapeSize(queries), 3) : shapeSize(queries));
    return attended(size, output, withPast(keys?.at(keys.length === 5 ? 1 : -2), node, inputs, past));
  },
});

/**
 * Attention of ONNX's own operator: queries times keys, and weights times values, heads by heads, of which
 * each product has a share by the size of a head.
 */
export const ownAttentionMacs = (past: PastKeys): MacFacts => ({
  ...attentionMacs(past),
  addends({ inputs: [q], output }, node) {
    const joined = intAttribute(node, "q_num_heads", 0) > 0 && q?.length !== 4;
    const [queries, values] = [q, output].map((shape) => Number(shape?.at(-1)));
    if (joined) return [{ share: 1, axes: [[0, 2]] }];
    const share = queries! / (queries! + values!);
    return [{ share, axes: [[0, 1], [0, 3]] }, { share: 1 - share, axes: [["y", 1], ["y", 3]] }];
  },
});

/** Attention of a value to itself, after one product with a weight that packs what makes all three of it. */
export const packedAttentionMacs = (past: PastKeys): MacFacts => ({
  count: ({ inputs, output }, node) => {
    const [x, w] = inputs;
    if (x?.length !== 3 || w?.length !== 2) return undefined;
    const rows = multiplyDims(x[0]!, x[1]!);
    const width = intsAttribute(node, "qkv_hidden_sizes", undefined)?.[0] ?? divideDims(w[1]!, 3);
    const attention = attended(multiplyDims(rows, width), output, withPast(x[1], node, inputs, past));
    return attention === undefined ? undefined : addDims(multiplyDims(rows, shapeSize(w)), attention);
  },
});
