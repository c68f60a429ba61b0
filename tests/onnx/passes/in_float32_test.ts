import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { inFloat32, inTypeOf } from "../../../lib/onnx/passes/in_float32.ts";
import { float32, Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose } from "../../close.ts";
import { runNative } from "../run_native.ts";

Deno.test("numbers are rounded to the nearest bfloat16, ties to even, and come back as they were", () => {
  const bfloat16 = { type: "bfloat16", dims: [6], bytes: new Uint8Array(12) } as const;
  const exact = Float32Array.of(1, -2.5, 0, Infinity, 3.140625, -1e-40);
  const back = (given: Float32Array) => {
    const stored = inTypeOf(float32(given), bfloat16);
    const g = new GraphBuilder("stored");
    g.output(g.identity(g.input("x", "float32", [1])), "y");
    const model = g.model();
    const initializers = new Map([["w", stored]]);
    const widened = inFloat32(model.withGraph({ ...model.graph, initializers })).graph.initializers.get("w");
    return [...(widened as Tensor).data as Float32Array];
  };
  assert.deepEqual(back(exact).slice(0, 5), [...exact].slice(0, 5));
  // 1 + 2⁻⁸ lies between 1 and 1 + 2⁻⁷: to the even one; 1 + 3 · 2⁻⁸ up to 1 + 2⁻⁶.
  assert.deepEqual(back(Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20)), [
    1,
    1 + 2 ** -6,
    1 + 2 ** -7,
  ]);
  assert.ok(Number.isNaN(back(Float32Array.of(NaN))[0]));
  assertClose(back(Float32Array.of(Math.PI)), [Math.PI], { absolute: 0, relative: 2 ** -8 });
});

Deno.test("what lies inside of branches, and what casts to other floats, is float32, too", async () => {
  const inner = new GraphBuilder("inner");
  const branch = inner.constant(new Tensor("float64", Float64Array.of(2), [1]));
  inner.output(inner.node("Identity", [branch])[0]!, "chosen");
  const g = new GraphBuilder("branches");
  const x = g.input("x", "float64", [1]);
  const { graph } = inner.model();
  const attributes = {
    then_branch: { type: "graph", value: graph },
    else_branch: { type: "graph", value: graph },
  } as const;
  const [chosen] = g.node("If", [g.constant(new Tensor("bool", [true], []))], attributes);
  g.output(g.node("Add", [g.cast(g.cast(x, "float32"), "float64"), chosen!])[0]!, "y");
  const model = inFloat32(g.model());
  const { y } = await runNative(model, { x: new Tensor("float64", Float64Array.of(0.5), [1]) });
  assert.deepEqual([y!.type, y!.data[0]], ["float32", 2.5]);
});

Deno.test("an input of bfloat16, which nobody can feed, is float32", async () => {
  const g = new GraphBuilder("brain");
  const weight = inTypeOf(float32([1, -2, 0.5, 4], [2, 2]), {
    type: "bfloat16",
    dims: [],
    bytes: new Uint8Array(),
  });
  g.output(g.matMul(g.input("x", "bfloat16", ["N", 2]), g.parameter("w", weight)), "y");
  const model = inFloat32(g.model());
  assert.equal(model.graph.values.get("x")?.type, "float32");
  const { y } = await runNative(model, { x: float32([1, 3], [1, 2]) });
  assert.deepEqual([...y!.data], [2.5, 10]);
});
