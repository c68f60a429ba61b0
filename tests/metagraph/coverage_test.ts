import assert from "node:assert/strict";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { coverageOf } from "../../lib/metagraph/coverage.ts";
import { fromMetaGraph } from "../../lib/metagraph/from_meta_graph.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";
import { assertRoundTrip } from "./round_trip.ts";

const data = (model: Model, name: string) =>
  (model.graph.initializers.get(name) as Tensor).data as Float32Array;

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
