import assert from "node:assert/strict";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";

const graph = metaGraph(mlp({ sizes: [3, 4, 2] }));
const nodes = graph.layers.map(({ features }) => features);
const edges = graph.blocks.map(({ features }) => features);

Deno.test("nodes and edges are counted, and a graph tells its size in lines", () => {
  assert.deepEqual([graph.nodes, graph.edges], [3 + 4 + 2, 12 + 8]);
  const [first, second] = String(graph).split("\n");
  assert.equal(first, "Graph of mlp: 9 nodes in 3 layers, 20 edges in 2 blocks");
  assert.equal(second, "carried: 26 numbers of 4 tensors");
  assert.equal(Deno.inspect(graph), String(graph));
});

Deno.test("other features take the place of all, in the shapes that there are, and the graph stays as it was", () => {
  const zeros = edges.map(({ dims, size }) => float32(new Float32Array(size), dims));
  const other = graph.withFeatures(nodes, zeros);
  assert.deepEqual(other.blocks.map(({ features }) => features), zeros);
  assert.deepEqual([other.manifest, other.layers[1]!.features, graph.blocks[0]!.features], [
    graph.manifest,
    nodes[1],
    edges[0],
  ]);
  const wrong = (features: Parameters<typeof graph.withFeatures>, message: RegExp) =>
    assert.throws(() => graph.withFeatures(...features), { name: "TypeError", message });
  wrong([nodes, edges.slice(1)], /other edge features: expected 2 tensors, got 1/);
  wrong(
    [nodes, [edges[0]!, float32([1])]],
    /the edges of "2\.weight" other features: expected float32\[2,4,1\], got float32\[1\]/,
  );
  wrong([[nodes[0]!, nodes[1]!, int64([1])], edges], /the nodes of "2\.weight" .*got int64\[1\]/);
});
