import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { gradients } from "../../lib/onnx/gradients.ts";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import { lowerStraightThrough, straightThrough } from "../../lib/onnx/straight_through.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

/** Σ weight · round(x), whose gradient goes through as if nothing had been rounded. */
function rounded() {
  const g = new GraphBuilder("rounded");
  const x = g.input("x", "float32", ["N"]);
  const y = straightThrough(g, g.round(x), g.mul(x, x));
  g.output(g.reduceSum(g.mul(y, g.constant(float32([1, 2, 3]))), undefined, { keepdims: false }), "sum");
  return g.model();
}

Deno.test("what goes straight through is the value forwards and the surrogate backwards", async () => {
  const { model, gradients: { x: dx } } = gradients(rounded(), "sum", ["x"]);
  const { sum, [dx!]: slope } = await runModel(model, { x: float32([0.6, 1.4, -2.6]) });
  assert.equal(sum!.data[0], 1 + 2 * 1 + 3 * -3);
  // d Σ weight · x²
  const expected = [2 * 0.6, 2 * 2 * 1.4, 3 * 2 * -2.6];
  expected.forEach((value, i) => assert.ok(Math.abs(Number(slope!.data[i]) - value) < 1e-5));
});

Deno.test("the value gets no gradient, and the surrogate's arithmetic is not run", () => {
  const g = new GraphBuilder();
  const [a, b] = ["a", "b"].map((name) => g.input(name, "float32", ["N"]));
  g.output(g.reduceSum(straightThrough(g, a!, b!), undefined, { keepdims: false }), "sum");
  const { model, gradients: found } = gradients(g.model(), "sum", ["a", "b"]);
  assert.equal(new Set(Object.values(found)).size, 2);
  const lowered = lowerStraightThrough(model);
  assert.ok(lowered.graph.nodes.every(({ domain }) => !domain));
  assert.deepEqual(Object.keys(lowered.info.opsets), [""]);
  const plain = lowerStraightThrough(rounded());
  assert.deepEqual(plain.graph.nodes.map(({ op }) => op), [
    "Round",
    "Identity",
    "Mul",
    "ReduceSum",
    "Identity",
  ]);
  assert.equal(lowerStraightThrough(plain), plain, "a model without such nodes is left as it is");
});

Deno.test("a model that goes straight through is written, read and still trained", async () => {
  const read = decodeModel(rounded().toOnnx());
  const { model, gradients: { x: dx } } = gradients(read, "sum", ["x"]);
  const outputs = await runModel(model, { x: float32([1, 1, 1]) });
  assert.deepEqual([...outputs[dx!]!.data as Float32Array], [2, 4, 6]);
});
