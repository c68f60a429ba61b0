import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { coverageOf } from "../../lib/metagraph/coverage.ts";
import { fromMetaGraph } from "../../lib/metagraph/from_meta_graph.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { vggBn } from "../../lib/nn/vgg_bn.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, int64, Tensor } from "../../lib/tensor/tensor.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { Net } from "../prune/net.ts";
import { BLOCKS } from "../prune/random_networks.ts";
import { assertRoundTrip } from "./round_trip.ts";

Deno.test("round trip: random networks, and what is left of them after pruning", () => {
  const blocks = fc.array(fc.constantFrom(...Object.keys(BLOCKS)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(blocks, fc.double({ min: 0.1, max: 0.9, noNaN: true }), fc.nat(99), (names, part, seed) => {
      const n = new Net();
      let x = n.conv(n.g.input("x", "float32", [1, 3, 4, 4]), 3, 8);
      for (const name of names) x = BLOCKS[name]!(n, x);
      n.g.output(n.conv(x, 8, 2), "y");
      const model = n.g.model();
      assertRoundTrip(model, names.join());
      const settings = { criterion: "random", seed } as const;
      const { reachable, before } = planPruning(model, { ...settings, target: { macs: 1 } });
      const least = reachable.macs / before.macs;
      const macs = Math.min(1, least + part * (1 - least) + 1e-9);
      assertRoundTrip(prune(model, planPruning(model, { ...settings, target: { macs } })), `pruned ${names}`);
    }),
    { seed: 4, numRuns: 60 },
  );
});

Deno.test("round trip: pruned ResNets and VGG, with channels of any number", () => {
  const models = [
    resnetCifar({ widths: [5, 7, 9], shortcut: "B" }),
    vggBn({ depth: 11, widths: [5, 6, 7, 8, 9] }),
  ];
  for (const model of models) {
    for (const seed of [1, 2]) {
      const plan = planPruning(model, { criterion: "random", seed, target: { macs: 0.5 }, roundTo: 1 });
      const pruned = prune(model, plan);
      assertRoundTrip(pruned, "pruned");
      assert.equal(fromMetaGraph(pruned, metaGraph(pruned, { layout: "published" })), pruned);
    }
  }
});

const data = (model: Model, name: string) =>
  (model.graph.initializers.get(name) as Tensor).data as Float32Array;

Deno.test("numbers that are not finite go both ways bit for bit", () => {
  const model = mlp({ sizes: [2, 3, 2] });
  const bits = new Uint32Array(data(model, "0.weight").buffer, data(model, "0.weight").byteOffset, 6);
  // A quiet NaN, one with a payload, a signalling one, infinities, and minus zero.
  bits.set([0x7fc00000, 0x7fc12345, 0x7f800001, 0x7f800000, 0xff800000, 0x80000000]);
  const before = bits.slice();
  const graph = metaGraph(model);
  assert.equal(fromMetaGraph(model, graph), model);
  // The same with features that are a copy, and with a weight that is stored the other way round.
  const copied = graph.withFeatures(
    graph.layers.map(({ features }) => features),
    graph.blocks.map(({ features }) =>
      new Tensor("float32", (features.data as Float32Array).slice(), features.dims)
    ),
  );
  assert.equal(fromMetaGraph(model, copied), model);
  const g = new GraphBuilder();
  const weight = new Tensor("float32", new Float32Array(before.slice().buffer), [2, 3]);
  g.output(g.matMul(g.input("x", "float32", [1, 2]), g.parameter("w", weight)), "y");
  const turned = g.model();
  const [block] = metaGraph(turned).blocks;
  const read = new Uint32Array((block!.features.data as Float32Array).buffer);
  assert.deepEqual([...read], [0, 3, 1, 4, 2, 5].map((i) => before[i]));
  assert.equal(fromMetaGraph(turned, metaGraph(turned)), turned);
});

Deno.test("weights that layers share are named as coupled, and get the mean of what is made of them", () => {
  const g = new GraphBuilder("shared");
  const weight = g.parameter("w", float32([1, 2, 3, 4], [2, 2]));
  g.output(g.matMul(g.relu(g.matMul(g.input("x", "float32", ["N", 2]), weight)), weight), "y");
  const model = g.model();
  const graph = metaGraph(model);
  assert.deepEqual(coverageOf(graph).map(({ tensor, state, places }) => [tensor, state, places.length]), [
    ["w", "coupled", 2],
  ]);
  assert.match(
    String(graph),
    /coupled: 4 numbers of 1 tensors that layers share\n {2}"w" in edges w; edges w/,
  );
  const [first, second] = graph.blocks.map(({ features }) => features.data as Float32Array);
  const changed = [first!.map((x) => x + 1), second!.map((x) => x + 3)];
  const edges = changed.map((numbers) => float32(numbers, [2, 2, 1]));
  const nodes = graph.layers.map(({ features }) => features);
  assert.deepEqual([...data(fromMetaGraph(model, graph.withFeatures(nodes, edges)), "w")], [3, 4, 5, 6]);
});

Deno.test("weights in half precision are float32 in the graph and go back exactly", () => {
  const g = new GraphBuilder("half");
  const half = new Tensor("float16", Float16Array.of(0.1, 65504, 6e-8, -0, Infinity, NaN) as never, [2, 3]);
  g.output(
    g.matMul(g.input("x", "float32", [1, 2]), g.node("Cast", [g.parameter("w", half)], { to: 1 })[0]!),
    "y",
  );
  const model = g.model();
  const graph = assertRoundTrip(model, "half");
  const { features } = graph.blocks[0]!;
  assert.deepEqual([features.type, features.data[0]], ["float32", (half.data as unknown as Float16Array)[0]]);
  const doubled = float32((features.data as Float32Array).map((x) => 2 * x), features.dims);
  const other = fromMetaGraph(
    model,
    graph.withFeatures(graph.layers.map((layer) => layer.features), [doubled]),
  );
  const expected = (half.data as unknown as Float16Array).map((x) => 2 * x);
  assert.deepEqual((other.graph.initializers.get("w") as Tensor).data as unknown, expected);
});

Deno.test("what the graph does not hold is named with the reason, and carried through", () => {
  const g = new GraphBuilder("odd");
  const x = g.input("x", "float32", ["N", 4, 5]);
  const strange = g.node("Strange", [x, g.parameter("inside", float32([1, 2, 3]))], {}, {
    domain: "elsewhere",
  })[0]!;
  g.declare(strange, { type: "float32", shape: ["N", 4, 5] });
  const dynamic = g.mul(
    g.parameter("made", float32(new Array(25).fill(0.5), [5, 5])),
    g.reduceMean(x, [0, 1, 2]),
  );
  const y = g.matMul(
    g.matMul(strange, g.parameter("known", float32(new Array(25).fill(1), [5, 5]))),
    g.reshape(dynamic, [5, 5]),
  );
  g.output(g.add(y, g.parameter("table", float32(new Array(20).fill(1), [4, 5]))), "y");
  const model = g.model();
  const graph = assertRoundTrip(model, "odd");
  const why = Object.fromEntries(coverageOf(graph).map(({ tensor, why }) => [tensor, why]));
  assert.match(why.inside!, /^Strange .* has no row that says what it does to channels$/);
  assert.match(why.made!, /^Mul .* along 2 axes|no channels/);
  assert.equal(why.known, undefined);
  assert.match(why.table!, /^Add .* reads it along 2 axes, of which channels are one at most$/);
  assert.deepEqual(graph.layers.map(({ kind }) => kind), ["boundary", "weighted"]);
});

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

Deno.test("another model's graph is not written into a model", () => {
  const graph = metaGraph(mlp({ sizes: [2, 3, 2] }));
  assert.throws(() => fromMetaGraph(vggBn({ depth: 11, widths: [2, 2, 2, 2, 2] }), graph), {
    name: "TypeError",
    message:
      /^Cannot write the graph of "mlp" into model "vgg11_bn_cifar": the graph holds a tensor "0.weight" \[3, 2\], the model has none/,
  });
  for (const sizes of [[2, 2, 2], [2, 4, 2]]) {
    assert.throws(() => fromMetaGraph(mlp({ sizes }), graph), {
      name: "TypeError",
      message: /the model has \[\d, 2\]/,
    });
  }
  assert.throws(() => graph.withFeatures([], []), {
    name: "TypeError",
    message: /expected 3 tensors, got 0/,
  });
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
