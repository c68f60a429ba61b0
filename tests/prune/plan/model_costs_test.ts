import assert from "node:assert/strict";
import { mlp } from "../../../lib/nn/mlp.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { bytesBefore, costsOf, macsOf, storedBytes } from "../../../lib/prune/plan/model_costs.ts";
import { float32, int64 } from "../../../lib/tensor/tensor.ts";

Deno.test("costs of linear layers are what their sizes multiply and add up to", () => {
  const model = mlp({ sizes: [4, 8, 2] });
  assert.deepEqual(costsOf(model, {}, "macs"), { macs: 4 * 8 + 8 * 2, parameters: 4 * 8 + 8 + 8 * 2 + 2 });
  assert.equal(storedBytes(model), 4 * (4 * 8 + 8 + 8 * 2 + 2));
  assert.equal(bytesBefore(model), model.toOnnx().length);
});

Deno.test("a weight that the graph fills counts as what it takes stored", () => {
  const g = new GraphBuilder();
  const value = { type: "tensor" as const, value: float32([0.5]) };
  const [filled] = g.node("ConstantOfShape", [g.constant(int64([30, 20]))], { value });
  g.output(g.matMul(g.input("x", "float32", ["N", 30]), filled!), "y");
  const model = g.model();
  assert.ok(model.toOnnx().length < 1000);
  const beside = bytesBefore(model) - 4 * 30 * 20;
  assert.ok(beside > 0 && beside < 1000, `${beside} bytes beside the weight`);
});

Deno.test("what cannot be counted is left out only where another cost is wanted", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["N", 3, "H", "W"]);
  g.output(g.conv(x, g.parameter("w", float32(new Float32Array(6), [2, 3, 1, 1]))), "y");
  const model = g.model();
  assert.throws(() => macsOf(model, {}, "macs"), TypeError);
  assert.equal(macsOf(model, {}, "bytes"), undefined);
  assert.deepEqual(costsOf(model, {}, "parameters"), { macs: NaN, parameters: 6 });
  assert.equal(costsOf(model, { x: ["N", 3, 2, 5] }, "macs").macs, 6 * 10);
});
