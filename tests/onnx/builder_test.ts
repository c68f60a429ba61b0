import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";

Deno.test("builder: equal small constants are stored once, different ones apart", () => {
  const g = new GraphBuilder("constants");
  const distinct = [
    g.constant(float32([0])),
    g.constant(float32([-0])),
    g.constant(float32([0], [])),
    g.constant(int64([0])),
    g.constant(float32([1, 2])),
    g.constant(float32([1, 2], [2, 1])),
  ];
  assert.equal(new Set(distinct).size, distinct.length);
  assert.equal(g.constant(float32([1, 2])), distinct[4]);
  assert.equal(g.graph().initializers.size, distinct.length);
});

Deno.test("builder: going on from a graph leaves it as it was and knows its shapes", () => {
  const first = new GraphBuilder("first");
  const x = first.input("x", "float32", ["N", 4]);
  const y = first.flatten(first.unsqueeze(x, [2]));
  const before = structuredClone([...first.graph().nodes]);
  const g = new GraphBuilder(first.graph());
  assert.deepEqual(g.shape(y), ["N", 4]);
  assert.deepEqual(g.shape(g.add(y, 1)), ["N", 4]);
  assert.deepEqual(first.graph().nodes, before);
  assert.equal(g.graph().nodes.length, before.length + 1);
});

Deno.test("builder: names are taken once, and inputs have to be there", () => {
  const g = new GraphBuilder("names");
  g.input("x", "float32", [1]);
  assert.throws(() => g.input("x", "float32", [1]), /Cannot add "x" to graph "names": the name is taken/);
  assert.throws(() => g.relu("y"), /Cannot add Relu \(output "relu"\): its input "y" is not in the graph/);
});

Deno.test("builder: a model names a version of every domain it uses", () => {
  const g = new GraphBuilder("domains");
  g.node("Gelu", [g.input("x", "float32", [1])], {}, { domain: "com.microsoft" });
  assert.deepEqual(g.model().info.opsets, { "": 20, "com.microsoft": 1 });
});
