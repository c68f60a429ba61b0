import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import { Net } from "../prune/net.ts";
import { assertRoundTrip } from "./round_trip.ts";

Deno.test("a token is a parameter of nodes, a table of positions is not, and a lookup has a node per row", () => {
  const g = new GraphBuilder("words");
  const ids = g.input("ids", "int64", ["N", 6]);
  const words = g.gather(g.parameter("table", float32(Array.from({ length: 12 }, (_, i) => i), [4, 3])), ids);
  const token = g.node("Expand", [
    g.parameter("token", float32([7, 8, 9], [1, 1, 3])),
    g.constant(int64([2, 1, 3])),
  ])[0]!;
  const sentence = g.concat([token, words], 1);
  g.output(g.matMul(sentence, g.parameter("w", float32(new Array(6).fill(1), [3, 2]))), "y");
  const graph = assertRoundTrip(g.model(), "words");
  assert.deepEqual(graph.layers.map(({ kind, channels }) => [kind, channels]), [
    ["input", 4],
    ["weighted", 3],
    [
      "weighted",
      2,
    ],
  ]);
  assert.deepEqual([...graph.blocks[0]!.features.data], [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
  const slot = graph.slots.indexOf("token");
  const features = graph.layers[1]!.features;
  assert.deepEqual([0, 1, 2].map((i) => features.data[i * graph.slots.length + slot]), [7, 8, 9]);
});

Deno.test("a layer norm written out has its scale and shift in the slots of the nodes, also as TensorFlow writes it", () => {
  const build = (
    write: (n: Net, x: string, scale: string, shift: string, mean: string, root: string) => string,
  ) => {
    const n = new Net();
    const x = n.linear(n.g.input("x", "float32", ["N", 7, 3]), 3, 4);
    const mean = n.g.reduceMean(x, [-1]);
    const centred = n.g.sub(x, mean);
    const root = n.g.sqrt(n.g.add(n.g.reduceMean(n.g.mul(centred, centred), [-1]), 1e-5));
    const [scale, shift] = ["scale", "shift"].map((name, i) =>
      n.g.parameter(name, float32([1, 2, 3, 4].map((k) => k + 10 * i)))
    );
    n.g.output(n.linear(write(n, x, scale!, shift!, mean, root), 4, 2), "y");
    return n.g.model();
  };
  const forms = [
    build(({ g }, x, scale, shift, mean, root) => g.add(g.mul(g.div(g.sub(x, mean), root), scale), shift)),
    build(({ g }, x, scale, shift, mean, root) => {
      const factor = g.mul(g.reciprocal(root), scale);
      return g.add(g.mul(x, factor), g.sub(shift, g.mul(mean, factor)));
    }),
  ];
  for (const model of forms) {
    const graph = assertRoundTrip(model, "layer norm");
    assert.deepEqual(graph.layers.map(({ kind }) => kind), ["input", "weighted", "weighted"]);
    const { features } = graph.layers[1]!;
    const column = (slot: string) =>
      [0, 1, 2, 3].map((i) => features.data[i * graph.slots.length + graph.slots.indexOf(slot)]);
    assert.deepEqual([column("norm.scale"), column("norm.shift")], [[1, 2, 3, 4], [11, 12, 13, 14]]);
  }
});
