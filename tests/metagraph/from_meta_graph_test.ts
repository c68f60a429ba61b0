import assert from "node:assert/strict";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { fromMetaGraph } from "../../lib/metagraph/from_meta_graph.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { vggBn } from "../../lib/nn/vgg_bn.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, Tensor } from "../../lib/tensor/tensor.ts";
import { assertRoundTrip } from "./round_trip.ts";

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
