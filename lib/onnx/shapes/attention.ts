import { rulesFor } from "../operators/table.ts";
import { intAttribute, intsAttribute } from "../attribute.ts";
import { addDims, type Dim, divideDims, multiplyDims, type Shape } from "../dim.ts";
import type { ValueInfo } from "../model.ts";
import { hasInput, type Rows, shapeAt, type ShapeRule, typeAt } from "./call.ts";
import { sameAsFirst } from "./elementwise.ts";

/** `[batch, length, hidden]` of a query, key or value; `[batch, heads, length, size]` is joined. */
interface Heads {
  batch: Dim;
  length: Dim;
  heads: Dim;
  size: Dim;
}

function headsOf(shape: Shape | undefined, heads: number): Heads | undefined {
  if (shape?.length === 4) {
    const [batch, count, length, size] = shape as [Dim, Dim, Dim, Dim];
    return { batch, length, heads: count, size };
  }
  if (shape?.length !== 3 || heads === 0) return undefined;
  const [batch, length, hidden] = shape as [Dim, Dim, Dim];
  return { batch, length, heads, size: divideDims(hidden, heads) };
}

/** ONNX's own operator (opset 23): outputs Y, present key, present value, scores. */
const attention: ShapeRule = (call) => {
  const type = typeAt(call);
  const q = headsOf(shapeAt(call, 0), intAttribute(call.node, "q_num_heads", 0));
  const keyHeads = intAttribute(call.node, "kv_num_heads", 0);
  const [k, v] = [headsOf(shapeAt(call, 1), keyHeads), headsOf(shapeAt(call, 2), keyHeads)];
  if (q === undefined || k === undefined || v === undefined) return [{ type }, { type }, { type }, { type }];
  const past = hasInput(call, 4) ? shapeAt(call, 4)?.[2] : 0;
  const shape: Shape = shapeAt(call)?.length === 4
    ? [q.batch, q.heads, q.length, v.size]
    : [q.batch, q.length, multiplyDims(q.heads, v.size)];
  if (past === undefined) return [{ type, shape }, { type }, { type }, { type }];
  const total = addDims(past, k.length);
  const present = ({ batch, heads, size }: Heads): ValueInfo => ({
    type,
    shape: [batch, heads, total, size],
  });
  return [{ type, shape }, present(k), present(v), { type, shape: [q.batch, q.heads, q.length, total] }];
};

/** The contributed operator that projects its input by one packed weight. */
const packedAttention: ShapeRule = (call) => {
  const [x, w] = [shapeAt(call, 0), shapeAt(call, 1)];
  const sizes = intsAttribute(call.node, "qkv_hidden_sizes", undefined);
  const type = typeAt(call);
  const hidden = sizes?.[2] ?? (w?.[1] === undefined ? undefined : divideDims(w[1], 3));
  if (x?.length !== 3 || hidden === undefined) return [{ type }];
  return [{ type, shape: [x[0]!, x[1]!, hidden] }];
};

const multiHeadAttention: ShapeRule = (call) => {
  const [q, v] = [shapeAt(call, 0), shapeAt(call, 2)];
  const type = typeAt(call);
  // Queries, keys and values in one: [batch, length, heads, 3, size].
  if (q?.length === 5) return [{ type, shape: [q[0]!, q[1]!, multiplyDims(q[2]!, q[4]!)] }];
  if (q?.length !== 3) return [{ type }];
  if (v === undefined) return [{ type, shape: hasInput(call, 2) ? undefined : q }];
  // A value that comes as [batch, heads, length, size] is joined again.
  const hidden = v.length === 4 ? multiplyDims(v[1]!, v[3]!) : v[2]!;
  return [{ type, shape: [q[0]!, q[1]!, hidden] }];
};

/** Attention as one operator. */
export const attentions: Rows = {
  Attention: attention,
  "com.microsoft:Attention": packedAttention,
  "com.microsoft:MultiHeadAttention": multiHeadAttention,
  ...rulesFor(sameAsFirst, "RotaryEmbedding", "com.microsoft:RotaryEmbedding"),
};
