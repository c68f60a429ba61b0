import type { Value } from "../../../lib/onnx/builder.ts";
import type { Net } from "../net.ts";
import type { Attributes, Case } from "./case.ts";

const attend = (
  shape: number[],
  inputs: (n: Net, x: Value, more: () => Value) => Value[],
  attributes: Attributes = {},
): Case => ({
  shape,
  opsets: { "": 23 },
  build: (n, x, more) => n.op("Attention", inputs(n, x, more), attributes),
});

const turn = (shape: number[], angles: number[], attributes: Attributes = {}): Case => ({
  shape,
  opsets: { "": 23 },
  build: (n, x) => n.op("RotaryEmbedding", [x, n.weight(...angles), n.weight(...angles)], attributes),
});

export const attention: Record<string, Case> = {
  "Attention of three layers": attend([2, 4, 3, 6], (_, x, more) => [x, more(), more()]),
  "Attention of its own": attend([2, 4, 3, 6], (_, x) => [x, x, x], { is_causal: 1 }),
  "Attention of values": attend([2, 4, 3, 6], (n, x) => [n.weight(2, 4, 5, 2), n.weight(2, 4, 3, 2), x]),
  "Attention of keys that queries share": attend([2, 3, 5, 2], (n, x) => [n.weight(2, 6, 4, 2), x, x]),
  "Attention with a mask per head": attend([2, 4, 3, 6], (n, x) => [x, x, x, n.weight(4, 3, 3)]),
  "Attention of joined heads": attend([2, 3, 8], (_, x, more) => [x, more(), x], {
    q_num_heads: 4,
    kv_num_heads: 4,
  }),
  "Attention of joined keys that queries share": attend([2, 5, 6], (n, x) => [n.weight(2, 4, 12), x, x], {
    q_num_heads: 6,
    kv_num_heads: 3,
  }),
  "RotaryEmbedding": turn([2, 3, 5, 4], [2, 5, 2]),
  "RotaryEmbedding of joined heads": turn([2, 5, 12], [2, 5, 2], { num_heads: 3, interleaved: 1 }),
};
