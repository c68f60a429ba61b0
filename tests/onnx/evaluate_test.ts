import assert from "node:assert/strict";
import type { AttributeLike } from "../../lib/onnx/attribute.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { evaluate } from "../../lib/onnx/evaluate.ts";
import { foldMixed } from "../../lib/onnx/passes/fold_mixed.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import { float32, int32, int64, numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
import { packNibbles } from "../../lib/tensor/nibbles.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "./run_native.ts";

const random = seededRandom(4);
const numbers = (...dims: number[]): Tensor =>
  float32(Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()), dims);
const ints = (...values: number[]): Tensor => int64(values);

const INT64_MAX = 2n ** 63n - 1n;

const CASES: [op: string, inputs: Tensor[], attributes?: Record<string, AttributeLike>][] = [
  ["Transpose", [numbers(2, 3, 4)], { perm: [2, 0, 1] }],
  ["Concat", [numbers(2, 3), numbers(2, 1), numbers(2, 2)], { axis: -1 }],
  ["Gather", [numbers(3, 4, 2), int64([1, -1, 0, 2], [2, 2])], { axis: 1 }],
  ["Slice", [numbers(5, 6), ints(4, 1), ints(-9, 6), ints(0, 1), ints(-2, 3)]],
  ["Expand", [numbers(3, 1), ints(2, 3, 4)]],
  ["ScatterND", [numbers(4, 3), int64([1, 3], [2, 1]), numbers(2, 3)]],
  ["ScatterND", [numbers(4, 3), int64([1, 2, 0, 0], [2, 2]), numbers(2)]],
  ["ScatterND", [numbers(4, 3), int64([2], [1, 1]), numbers(1, 3)], { reduction: "none" }],
  ["Reshape", [numbers(4, 3), ints(2, -1)]],
  ["Add", [numbers(2, 1, 3), numbers(4, 1)]],
  ["Sub", [numbers(3), numbers(2, 3)]],
  ["Mul", [numbers(), numbers(2, 3)]],
  ["Div", [numbers(2, 3), numbers(3)]],
  ["Div", [ints(7, -7), ints(2, 2)]],
  ["Max", [numbers(2, 3), numbers(3), numbers(2, 1)]],
  ["Sqrt", [float32([1, 2, 3])]],
  ["Sigmoid", [numbers(5)]],
  ["Cast", [float32([1.7, -1.7])], { to: 7 }],
  ["Cast", [float32([0.5, 256, 2, -1, 0, NaN])], { to: 9 }],
  ["Cast", [ints(256, 2, -1, 0)], { to: 9 }],
  ["ReduceMean", [int32([1, 2])]],
  ["ReduceMean", [int32([-1, -2])]],
  ["ReduceL2", [int32([1, 1])]],
  ["Pow", [ints(2, 3), float32([0.5, 2.5])]],
  ["Slice", [ints(4, 5, 6), ints(1), int64([INT64_MAX])]],
  ["ReduceMean", [numbers(2, 3, 4), ints(0, -1)], { keepdims: 0 }],
  ["ReduceSum", [numbers(2, 3, 4)], { keepdims: 1 }],
  ["ReduceL2", [numbers(2, 3, 4), ints(1)]],
  ["ReduceMax", [numbers(2, 3), ints(1)], { keepdims: 0 }],
  ["BatchNormalization", [numbers(1, 3, 5), numbers(3), numbers(3), numbers(3), float32([1, 2, 3])]],
];

for (const [op, inputs, attributes = {}] of CASES) {
  const shapes = inputs.map(({ dims }) => `[${dims}]`).join(" ");
  Deno.test(`${op} of ${shapes} is computed as ONNX Runtime does`, async () => {
    const g = new GraphBuilder("one");
    const names = inputs.map((tensor, i) => g.input(`x${i}`, tensor.type, [...tensor.dims]));
    g.output(g.node(op, names, attributes)[0]!, "y");
    const expected =
      (await runNative(g.model(), Object.fromEntries(inputs.map((x, i) => [`x${i}`, x]))))["y"]!;
    const [node] = g.model().graph.nodes;
    const given = evaluate(node!, inputs, { type: expected.type, dims: expected.dims })!;
    assert.equal(given.type, expected.type);
    assertClose(numbersOf(given), numbersOf(expected), REORDERED_FLOAT32, op);
  });
}

const LEFT: [what: string, op: string, inputs: Tensor[], attributes?: Record<string, AttributeLike>][] = [
  ["the largest number of int64", "ReduceMax", [int64([INT64_MAX, 3n])], { keepdims: 0 }],
  ["what a double rounds", "Identity", [int64([2n ** 53n + 1n])]],
  ["a product that a double rounds", "Mul", [int64([2n ** 31n + 1n]), int64([2n ** 31n + 1n])]],
  ["a sum that int32 has no room for", "Add", [int32([2 ** 31 - 1]), int32([1])]],
  ["a whole number by 0", "Div", [ints(1), ints(0)]],
  ["a cast of no number to int64", "Cast", [float32([NaN])], { to: 7 }],
  ["a cast of infinity to int32", "Cast", [float32([Infinity])], { to: 6 }],
  ["a cast of what int64 has no room for", "Cast", [float32([2 ** 63])], { to: 7 }],
  ["a transpose of packed numbers", "Transpose", [
    packNibbles(new Tensor("int8", [1, 2, 3, 4], [2, 2]), "int4"),
  ]],
];

for (const [what, op, inputs, attributes = {}] of LEFT) {
  Deno.test(`${what} is left to an engine`, () => {
    const g = new GraphBuilder("one");
    const names = inputs.map((tensor, i) => g.input(`x${i}`, tensor.type, [...tensor.dims]));
    g.output(g.node(op, names, attributes)[0]!, "y");
    const { graph } = inferShapes(g.model());
    const { type, shape } = graph.values.get("y")!;
    assert.equal(evaluate(graph.nodes[0]!, inputs, { type: type!, dims: shape as number[] }), undefined);
  });
}

Deno.test("a slice up to a computed end beyond what a double holds stays as it is", async () => {
  const g = new GraphBuilder("sliced");
  const x = g.input("x", "float32", [5]);
  const ends = g.node("ReduceMax", [g.parameter("ends", int64([INT64_MAX, 3n]))], { keepdims: 1 })[0]!;
  g.output(g.node("Slice", [x, g.parameter("starts", ints(1)), ends])[0]!, "y");
  const y = (await runNative(foldMixed(g.model()), { x: float32([1, 2, 3, 4, 5]) }))["y"]!;
  assert.deepEqual(numbersOf(y), [2, 3, 4, 5]);
});

Deno.test("a ScatterND that adds is left to an engine", () => {
  const g = new GraphBuilder("added");
  const names = [numbers(4, 3), int64([2], [1, 1]), numbers(1, 3)].map((tensor, i) =>
    g.parameter(`${i}`, tensor)
  );
  g.output(g.relu(g.node("ScatterND", names, { reduction: "add" })[0]!), "y");
  assert.equal(foldMixed(g.model()).graph.nodes[0]!.op, "ScatterND");
});

Deno.test("what mixes constants is folded, views and products of a weight are not", async () => {
  const g = new GraphBuilder("standardized");
  const x = g.input("x", "float32", [2, 3]);
  const w = g.parameter("w", numbers(3, 4));
  const centred = g.sub(w, g.reduceMean(w, [0]));
  const scaled = g.mul(g.transpose(g.parameter("v", numbers(5, 4)), [1, 0]), g.parameter("s", numbers(5)));
  g.output(g.matMul(g.relu(g.matMul(x, centred)), scaled), "y");
  const folded = foldMixed(g.model());
  const ops = folded.graph.nodes.map(({ op }) => op);
  assert.ok(!ops.includes("ReduceMean") && !ops.includes("Sub"));
  assert.ok(ops.includes("Transpose") && ops.includes("Mul"));
  assert.ok(!folded.graph.initializers.has("w"));
  assert.ok(folded.graph.initializers.has("v"));
  assert.deepEqual(inferShapes(folded).graph.values.get("y")?.shape, [2, 5]);
  const feeds = { x: numbers(2, 3) };
  const [before, after] = [await runNative(g.model(), feeds), await runNative(folded, feeds)];
  assertClose(numbersOf(after["y"]!), numbersOf(before["y"]!), REORDERED_FLOAT32);
});
