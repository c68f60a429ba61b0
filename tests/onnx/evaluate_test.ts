import assert from "node:assert/strict";
import type { AttributeLike } from "../../lib/onnx/attribute.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { evaluate } from "../../lib/onnx/evaluate.ts";
import { foldMixed } from "../../lib/onnx/passes/fold_mixed.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import { float32, int64, numbersOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "./run_native.ts";

const random = seededRandom(4);
const numbers = (...dims: number[]): Tensor =>
  float32(Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()), dims);
const ints = (...values: number[]): Tensor => int64(values);

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
