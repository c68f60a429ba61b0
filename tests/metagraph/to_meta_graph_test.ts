import assert from "node:assert/strict";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { metaGraph, type MetaGraphOptions } from "../../lib/metagraph/to_meta_graph.ts";
import { fromMetaGraph } from "../../lib/metagraph/from_meta_graph.ts";
import { mlp } from "../../lib/nn/mlp.ts";

Deno.test("an MLP's graph has a node per neuron, an edge per weight, and leads back to other weights", () => {
  const model = mlp({ sizes: [3, 4, 2] });
  const graph = metaGraph(model);
  assert.deepEqual(graph.layers.map(({ name, channels }) => [name, channels]), [
    ["input", 3],
    ["0.weight", 4],
    ["2.weight", 2],
  ]);
  const doubled = ({ data, dims }: Tensor) =>
    new Tensor("float32", (data as Float32Array).map((x) => 2 * x), dims);
  const other = fromMetaGraph(
    model,
    graph.withFeatures(
      graph.layers.map(({ features }) => doubled(features)),
      graph.blocks.map(({ features }) => doubled(features)),
    ),
  );
  for (const [name, tensor] of model.graph.initializers) {
    const expected = (tensor as Tensor).data as Float32Array;
    assert.deepEqual((other.graph.initializers.get(name) as Tensor).data, expected.map((x) => 2 * x), name);
  }
});

Deno.test("options of a meta-graph that there are not are refused, with the one that was meant", () => {
  const options = { layuot: "published" } as MetaGraphOptions;
  assert.throws(() => metaGraph(mlp({ sizes: [2, 3, 1] }), options), {
    name: "TypeError",
    message: 'Cannot call metaGraph with option "layuot": did you mean "layout"? It knows layout',
  });
});
