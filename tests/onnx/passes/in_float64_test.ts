import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { inFloat64 } from "../../../lib/onnx/passes/in_float64.ts";
import { runModel } from "../../../lib/runtime/run_model.ts";
import { float32, Tensor } from "../../../lib/tensor/tensor.ts";

Deno.test("a model in float64 keeps what float32 rounds away, casts and constants too", async () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [2]);
  const above = g.cast(g.greater(x, 0), "float32");
  g.output(g.mul(g.sub(g.add(x, g.parameter("shift", float32([1e6, 1e6]))), 1e6), above), "y");
  const model = g.model();
  const [small, doubles] = [
    0.015625 + 2 ** -30,
    (data: number[]) => new Tensor("float64", Float64Array.from(data), [2]),
  ];
  const { y } = await runModel(inFloat64(model), { x: doubles([small, -1]) });
  assert.equal(y!.type, "float64");
  assert.ok(Math.abs(Number(y!.data[0]) - small) < 1e-9 && Number(y!.data[1]) === 0, String(y!.data));
  const { y: rounded } = await runModel(model, { x: float32([small, -1]) });
  assert.equal(rounded!.type, "float32");
  assert.equal(model.graph.initializers.get("shift")!.type, "float32");
});
