import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import { parameterNames } from "../../lib/onnx/parameters.ts";
import { planForCost } from "../../lib/prune/plan/plan_for_cost.ts";
import { prune } from "../../lib/prune/prune.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";

const ones = (...dims: number[]) => float32(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1), dims);

Deno.test("parameterNames: weights, through reshaping too, but no statistics, shapes or settings", () => {
  const g = new GraphBuilder("kinds");
  const ids = g.input("ids", "int64", ["N", 6]);
  const table = g.parameter("table", ones(9, 4));
  const positions = g.slice(g.parameter("positions", ones(16, 4)), [0], [6], [0]);
  let x = g.add(g.gather(table, ids), positions);
  x = g.matMul(x, g.transpose(g.reshape(g.parameter("flat", ones(16)), [4, 4]), [1, 0]));
  x = g.mul(x, g.parameter("halves", float32([0.5], [])));
  x = g.clip(x, g.parameter("low", ones()), g.parameter("high", ones()));
  const [scale, bias, mean, variance] = ["scale", "bias", "mean", "variance"].map((name) =>
    g.parameter(name, ones(6))
  );
  x = g.batchNorm(x, scale!, bias!, mean!, variance!);
  x = g.matMul(x, g.node("ConstantOfShape", [g.ints([4, 2])], { value: ones(1) }, { name: "made" })[0]!);
  x = g.add(x, g.node("Constant", [], { value: ones(1, 6, 2) }, { name: "/anchors/Constant_output_0" })[0]!);
  x = g.add(x, g.node("Constant", [], { value: ones(2) }, { name: "shift" })[0]!);
  g.output(g.gather(x, g.parameter("indices", int64([0])), 1));
  const model = inferShapes(g.model());
  assert.deepEqual(
    [...parameterNames(model)].sort(),
    ["bias", "flat", "made", "positions", "scale", "shift", "table"],
  );
  assert.equal(countMacs(g.model()).parameters, 6 + 16 + 8 + 64 + 6 + 2 + 36);
});

Deno.test("parameterNames: no zeros that a recurrent cell begins with, one row for each example", () => {
  const g = new GraphBuilder("cell");
  const x = g.input("x", "float32", [2, 3]);
  const [zeros] = g.node("Constant", [], { value: float32(new Float32Array(10), [2, 5]) }, {
    name: "/cell/Constant_output_0",
  });
  const old = g.gemm(zeros!, g.parameter("weight_hh", ones(5, 4)), g.parameter("bias_hh", ones(4)));
  const now = g.gemm(x, g.parameter("weight_ih", ones(3, 4)), g.parameter("bias_ih", ones(4)));
  // A left side with a name of its own is a weight, whatever its numbers are at the start.
  const factor = g.parameter("factor", float32(new Float32Array(6), [2, 3]));
  g.output(g.add(g.add(old, now), g.matMul(factor, g.parameter("other", ones(3, 4)))), "y");
  assert.equal(countMacs(g.model()).parameters, 5 * 4 + 4 + 3 * 4 + 4 + 2 * 3 + 3 * 4);
});

Deno.test("parameterNames: no sizes that pruning stores, though they are turned into floats", () => {
  const g = new GraphBuilder("scaled");
  const h = g.conv(g.input("x", "float32", [1, 3, 5, 5]), g.parameter("w1", ones(8, 3, 1, 1)));
  const sizes = g.node("Cast", [g.node("Shape", [h])[0]!], { to: 1 })[0]!;
  const channels = g.gather(sizes, g.parameter("one", int64([1])), 0);
  const scaled = g.mul(h, g.node("Pow", [channels, g.parameter("half", float32([-0.5], []))])[0]!);
  g.output(g.conv(scaled, g.parameter("w2", ones(2, 8, 1, 1))), "y");
  const plan = planForCost(g.model(), { target: { parameters: 0.5 }, roundTo: 1 });
  // 4 of 8 channels stay, each of 3 numbers in the first layer and of 2 in the second.
  assert.equal(plan.after.parameters, 20);
  assert.equal(countMacs(prune(g.model(), plan)).parameters, 20);
});
