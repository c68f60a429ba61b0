import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { computedNodes } from "../../lib/onnx/computed_nodes.ts";

Deno.test("neither what leads nowhere nor what is only asked for its shape is computed", () => {
  const g = new GraphBuilder("branches");
  const x = g.input("x", "float32", [2, 3]);
  g.exp(x); // leads nowhere
  const asked = g.sin(x);
  g.output(g.reshape(g.relu(x), g.shapeOf(asked)), "y");
  const ops = [...computedNodes(g.graph())].map(({ op }) => op).sort();
  assert.deepEqual(ops, ["Identity", "Relu", "Reshape", "Shape"]);
});

Deno.test("what a branch takes from around it is computed, and of a graph without outputs everything", () => {
  const inner = new GraphBuilder("inner");
  inner.place({ op: "Neg", inputs: ["outside"], outputs: ["inside"], attributes: {} });
  inner.setOutputs(["inside"]);
  const g = new GraphBuilder("outer");
  g.input("x", "float32", [1]);
  g.place({ op: "Exp", inputs: ["x"], outputs: ["outside"], attributes: {} });
  g.place({ op: "Greater", inputs: ["x", "x"], outputs: ["condition"], attributes: {} });
  const branch = { type: "graph", value: inner.graph() } as const;
  const attributes = { then_branch: branch, else_branch: branch };
  g.place({ op: "If", inputs: ["condition"], outputs: ["y"], attributes });
  assert.equal(computedNodes(g.graph()).size, 3);
  g.setOutputs(["y"]);
  assert.deepEqual([...computedNodes(g.graph())].map(({ op }) => op).sort(), ["Exp", "Greater", "If"]);
  g.setOutputs(["condition"]);
  assert.deepEqual([...computedNodes(g.graph())].map(({ op }) => op), ["Greater"]);
});
