/** Every operator of the table goes into a graph and back. */
import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, int64, type Tensor } from "../../lib/tensor/tensor.ts";
import { Net } from "../prune/net.ts";
import { assertRoundTrip } from "./round_trip.ts";
import { ARCHITECTURES } from "../prune/architectures.ts";
import { OPERATORS } from "../prune/operators.ts";

const data = (model: Model, name: string) =>
  (model.graph.initializers.get(name) as Tensor).data as Float32Array;

for (const [name, [, shape, build]] of Object.entries({ ...OPERATORS, ...ARCHITECTURES })) {
  Deno.test(`round trip: ${name}`, () => {
    const n = new Net();
    n.g.output(build(n, n.g.input("x", "float32", shape)), "y");
    assertRoundTrip(n.g.model(), name);
  });
}

Deno.test("a recurrent layer is nodes that read the input and themselves, with a tap per gate", () => {
  const n = new Net();
  const [hidden, gates, directions] = [4, 4, 2];
  const x = n.linear(n.g.input("x", "float32", [5, "N", 3]), 3, 6);
  const [w, r] = [n.weight(directions, gates * hidden, 6), n.weight(directions, gates * hidden, hidden)];
  const y = n.op("LSTM", [x, w, r, n.weight(directions, 8 * hidden)], {
    hidden_size: hidden,
    direction: "bidirectional",
  });
  const flat = n.reshape(n.op("Transpose", [y], { perm: [0, 2, 1, 3] }), 5, -1, 2 * hidden);
  n.g.output(n.linear(flat, 2 * hidden, 2), "y");
  const model = n.g.model();
  const graph = assertRoundTrip(model, "LSTM");
  assert.deepEqual(graph.layers.map(({ channels }) => channels), [3, 6, 4, 4, 2]);
  const blocks = graph.blocks.map(({ from, to, taps }) => [from.layers, to.layers, taps.length]);
  assert.deepEqual(blocks, [[[0], [1], 1], [[1], [2], 4], [[2], [2], 4], [[1], [3], 4], [[3], [3], 4], [
    [2, 3],
    [4],
    1,
  ]]);
  // Gate g of unit h of the second direction, from input c.
  const [g, h, c] = [2, 1, 5];
  const { features } = graph.blocks[3]!;
  assert.equal(features.data[(h * 6 + c) * 4 + g], data(model, w)[(1 * 16 + g * hidden + h) * 6 + c]);
});

/** One operator with its inputs, from the fixtures of the gradients. */
interface Single {
  label: string;
  op: string;
  domain?: string;
  attributes: Record<string, never>;
  outputs: number;
  inputs: { type: "float32" | "int64"; dims: number[]; data: number[] }[];
}

Deno.test("round trip: every operator of the gradients' fixtures, whichever of its inputs are stored", () => {
  const text = Deno.readTextFileSync(new URL("../fixtures/gradients.jsonl", import.meta.url));
  const cases: Single[] = text.trim().split("\n").map((line) => JSON.parse(line));
  assert.ok(cases.length > 30);
  for (const { label, op, domain, attributes, outputs, inputs } of cases) {
    for (const fed of [[0], [inputs.length - 1], [...inputs.keys()], []]) {
      const g = new GraphBuilder(label);
      const names = inputs.map((input, i) => {
        if (!input) return undefined;
        const { type, dims, data } = input;
        if (fed.includes(i)) return g.input(`x${i}`, type, dims);
        return g.parameter(
          `w${i}`,
          type === "int64" ? int64(data.map(Math.round), dims) : float32(data, dims),
        );
      });
      const [y] = g.node(op, names, attributes, { outputs, ...domain && { domain } });
      g.output(y!, "y");
      assertRoundTrip(g.model(), `${label}, fed ${fed}`);
    }
  }
});
