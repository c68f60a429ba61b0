import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { readInside } from "../../lib/onnx/topology.ts";
import { walkGraph } from "../../lib/onnx/walk.ts";
import { float32, Tensor } from "../../lib/tensor/tensor.ts";

Deno.test("a walk knows of a node's outputs when it gives the node out, and of later ones only then", () => {
  const g = new GraphBuilder("walked");
  const x = g.input("x", "float32", ["N", 4]);
  const shape = g.concat([g.gather(g.shapeOf(x), g.ints([0])), g.ints([2, 2])], 0);
  const y = g.output(g.reshape(x, shape), "y");
  // What the builder inferred is not declared: the walk starts from the inputs.
  const { graph, info } = g.model();
  const walk = walkGraph({ graph: { ...graph, values: new Map([["x", graph.values.get("x")!]]) }, info });
  const known: unknown[] = [];
  for (const { op } of walk.nodes()) known.push([op, walk.contents(shape), walk.shape(y)]);
  assert.deepEqual(known.slice(-3), [
    ["Concat", ["N", 2, 2], undefined],
    ["Reshape", ["N", 2, 2], undefined],
    ["Identity", ["N", 2, 2], ["N", 2, 2]],
  ]);
  assert.equal(walk.contents(undefined), undefined);
});

/** y = relu(x) under a condition, w · x without it: both branches take x from around them. */
function branching() {
  const branch = (op: string, inputs: string[]) => {
    const g = new GraphBuilder(op);
    g.place({ op, inputs, outputs: ["inner"], attributes: {} });
    g.setOutputs(["inner"]);
    return { type: "graph", value: g.graph() } as const;
  };
  const g = new GraphBuilder("branching");
  g.input("x", "float32", [2, 3]);
  g.parameter("w", float32([1, 2], [2, 1]));
  g.parameter("condition", new Tensor("bool", Uint8Array.of(1), []));
  const attributes = { then_branch: branch("Relu", ["x"]), else_branch: branch("Mul", ["w", "x"]) };
  g.place({ op: "If", inputs: ["condition"], outputs: ["y"], attributes });
  g.setOutputs(["y"]);
  return g.model();
}

Deno.test("a subgraph is walked through with what is known around it", () => {
  const { graph, info } = branching();
  const outer = walkGraph({ graph, info });
  const [node] = outer.nodes();
  assert.deepEqual([...readInside(node!)].sort(), ["w", "x"]);
  const branch = node!.attributes.else_branch;
  assert.ok(branch?.type === "graph");
  const inner = walkGraph({ graph: branch.value, info }, outer.scope);
  assert.equal([...inner.nodes()].length, 1);
  assert.deepEqual(inner.shape("inner"), [2, 3]);
  assert.equal(outer.shape("inner"), undefined);
  assert.deepEqual(inner.contents("w"), [1, 2]);
});
