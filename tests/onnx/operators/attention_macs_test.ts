import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import type { Shape } from "../../../lib/onnx/dim.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";

const ones = (...dims: number[]) => float32(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1), dims);

Deno.test("countMacs: attention in one operator costs what it costs in many", () => {
  const [batch, length, hidden] = [2, 5, 6];
  const fused = new GraphBuilder("fused");
  const packed = [
    fused.input("x", "float32", [batch, length, hidden]),
    fused.constant(ones(hidden, 3 * hidden)),
  ];
  fused.node("Attention", [...packed, fused.constant(ones(3 * hidden))], { num_heads: 3 }, {
    domain: "com.microsoft",
  });
  const g = new GraphBuilder("plain");
  const x = g.input("x", "float32", [batch, length, hidden]);
  const project = () =>
    g.transpose(
      g.reshape(g.matMul(x, g.parameter(g.freeName("w"), ones(hidden, hidden))), [batch, length, 3, 2]),
      [
        0,
        2,
        1,
        3,
      ],
    );
  const [q, k, v] = [project(), project(), project()];
  g.matMul(g.softmax(g.matMul(q, g.transpose(k, [0, 1, 3, 2]))), v);
  assert.equal(countMacs(fused.model()).macs, countMacs(g.model()).macs);
  const heads = new GraphBuilder("heads");
  const all = ["q", "k", "v"].map((name) => heads.input(name, "float32", [batch, length, hidden]));
  heads.node("MultiHeadAttention", all, { num_heads: 3 }, { domain: "com.microsoft" });
  assert.equal(
    countMacs(heads.model()).macs,
    countMacs(g.model()).macs - 3 * batch * length * hidden * hidden,
  );
});

Deno.test("countMacs: attention with a past, packed, or with heads of values of another size", () => {
  const microsoft = { domain: "com.microsoft" };
  const macs = (op: string, inputs: (Shape | undefined)[], attributes: Record<string, number | number[]>) => {
    const g = new GraphBuilder("attention");
    const values = inputs.map((shape, i) => shape && g.input(`i${i}`, "float32", shape));
    const own = "q_num_heads" in attributes || Object.keys(attributes).length === 0;
    const [y] = g.node(op, values, attributes, own ? {} : microsoft);
    g.output(y!);
    return countMacs(g.model()).macs;
  };
  const four = { num_heads: 4 };
  // Batch 2, 4 heads, 5 queries, 5 keys: 200 weights, each of 4 products with a key and 6 with a value.
  const wide: Shape[] = [[2, 5, 16], [2, 5, 16], [2, 5, 24]];
  assert.equal(macs("Attention", wide, { q_num_heads: 4, kv_num_heads: 4 }), 2000);
  assert.equal(macs("MultiHeadAttention", wide, four), 2000);
  // One query, 7 keys of the past and its own: 2·4·8 weights, each of 4 + 4 products.
  const [one, past]: Shape[] = [[2, 4, 1, 4], [2, 4, 7, 4]];
  assert.equal(macs("Attention", [one, one, one, undefined, past, past], {}), 512);
  const flat: Shape = [2, 1, 16];
  const holes = [undefined, undefined, undefined];
  assert.equal(macs("MultiHeadAttention", [flat, flat, flat, ...holes, past, past], four), 512);
  // Keys with values: 9 of them for 5 queries. All three in one: 5 for 5.
  assert.equal(macs("MultiHeadAttention", [[2, 5, 16], [2, 9, 4, 2, 4]], four), 2 * 4 * 5 * 9 * (4 + 4));
  assert.equal(macs("MultiHeadAttention", [[2, 5, 4, 3, 4]], four), 2 * 4 * 5 * 5 * (4 + 4));
  // Two queries share each head of keys.
  const shared: Shape[] = [[2, 5, 16], [2, 3, 8], [2, 3, 8]];
  assert.equal(macs("Attention", shared, { q_num_heads: 4, kv_num_heads: 2 }), 2 * 4 * 5 * 3 * (4 + 4));
  // A packed projection first: 10 rows of 16 by 56, and the 2000 of above.
  const sizes = { num_heads: 4, qkv_hidden_sizes: [16, 16, 24] };
  assert.equal(macs("Attention", [[2, 5, 16], [16, 56], [56]], sizes), 10_960);
  const stored: Shape[] = [flat, [16, 48], [48]];
  const before: Shape = [2, 2, 4, 7, 4];
  assert.equal(macs("Attention", [...stored, undefined, before], four), 2 * 16 * 48 + 512);
});

Deno.test("countMacs: a past that shares a buffer with what is added is as long as only the run knows", () => {
  const attended = (op: string, first: Shape[], before: Shape[], holes: number) => {
    const g = new GraphBuilder("shared");
    const values = [...first, ...Array<undefined>(holes), ...before].map((shape, i) =>
      shape && g.input(`i${i}`, "float32", shape)
    );
    const length = g.input("filled", "int32", [1]);
    const behind = op === "Attention" ? [undefined, length] : [length];
    const shared = { num_heads: 4, ...op === "Attention" && { past_present_share_buffer: 1 } };
    g.output(g.node(op, [...values, ...behind], shared, { domain: "com.microsoft" })[0]!);
    return () => countMacs(g.model());
  };
  const flat: Shape = [2, 1, 16];
  const unknown =
    /it has .*past_sequence_length.* multiply-accumulates; past_sequence_length is only known when/;
  const buffer: Shape = [2, 4, 2048, 4];
  assert.throws(attended("MultiHeadAttention", [flat, flat, flat], [buffer, buffer], 3), unknown);
  assert.throws(attended("Attention", [flat, [16, 48], [48]], [[2, 2, 4, 2048, 4]], 1), unknown);
});
