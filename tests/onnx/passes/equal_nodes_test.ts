import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { shareEqualNodes } from "../../../lib/onnx/passes/equal_nodes.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";

const opsOf = (g: GraphBuilder) => shareEqualNodes(g.graph()).map(({ op }) => op);

Deno.test("what is computed twice is computed once, and so is what follows from it", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [4]);
  const [a, b] = [0, 1].map(() => g.tanh(g.add(g.mul(x, 2), 1)));
  g.output(g.sub(a!, b!), "y");
  const nodes = shareEqualNodes(g.graph());
  assert.deepEqual(nodes.map(({ op }) => op), ["Mul", "Add", "Tanh", "Sub", "Identity"]);
  assert.equal(nodes[3]!.inputs[0], nodes[3]!.inputs[1]);
});

Deno.test("other attributes, operators and large tensors are something else", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [32]);
  const large = () => g.constant(float32(new Array(32).fill(0)));
  const kept = [
    g.reduceSum(x, [0], { keepdims: true }),
    g.reduceSum(x, [0], { keepdims: false }),
    g.softmax(x),
    g.node("Softmax", [x], {}, { domain: "com.acme" })[0]!,
    g.add(x, large()),
    g.add(x, large()),
  ];
  kept.forEach((value) => g.output(g.relu(value)));
  assert.equal(opsOf(g).length, g.graph().nodes.length);
});

Deno.test("random numbers are drawn as often as before, and outputs keep their nodes", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [4]);
  const draw = () => g.node("RandomNormalLike", [x])[0]!;
  g.output(g.add(draw(), draw()), "noise");
  g.output(g.tanh(x));
  g.output(g.tanh(x));
  assert.deepEqual(opsOf(g), g.graph().nodes.map(({ op }) => op));
});

Deno.test("what graphs inside of nodes read keeps its node", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [4]);
  const [read, other] = [g.tanh(x), g.tanh(x)];
  const inner = new GraphBuilder();
  inner.output(inner.neg(inner.input(other, "float32", [4])), "negated");
  const branch = { type: "graph" as const, value: { ...inner.graph(), inputs: [] } };
  const condition = g.input("condition", "bool", []);
  const [y] = g.node("If", [condition], { then_branch: branch, else_branch: branch });
  g.output(g.add(read, y!), "y");
  assert.equal(opsOf(g).filter((op) => op === "Tanh").length, 2);
});

Deno.test("an output that only one of two equal nodes gives is kept, and zeros of either sign are two", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [4]);
  const k = g.ints([2]);
  const topK = (outputs: [string, string]) =>
    g.place({ op: "TopK", inputs: [x, k], outputs, attributes: { axis: { type: "int", value: -1 } } });
  topK(["values", ""]);
  topK(["again", "places"]);
  g.output(g.add("values", "again"), "sum");
  g.output(g.cast("places", "float32"), "floats");
  g.output(g.add(g.div(x, 0), g.div(x, -0)), "quotients");
  const nodes = shareEqualNodes(g.graph());
  assert.deepEqual(nodes.map(({ op }) => op).filter((op) => /TopK|Div/.test(op)), [
    "TopK",
    "TopK",
    "Div",
    "Div",
  ]);
  assert.deepEqual(nodes.find(({ op }) => op === "Add")!.inputs, ["values", "values"]);
});
