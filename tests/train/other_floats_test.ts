import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { inFloat32, inTypeOf } from "../../lib/onnx/passes/in_float32.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { fit } from "../../lib/train/fit.ts";
import { float32, int64, sizeOf, Tensor } from "../../lib/tensor/tensor.ts";
import { assertClose } from "../close.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { runNative } from "../onnx/run_native.ts";

type Float = "float16" | "float32" | "float64";

const ARRAYS = { float16: Float16Array, float32: Float32Array, float64: Float64Array };

/** Numbers that all types hold exactly. */
const numbers = (type: Float, ...dims: number[]) =>
  new Tensor(
    type,
    ARRAYS[type].from(
      Array.from({ length: sizeOf(dims) }, (_, i) => Math.round(64 * Math.sin(3 * i + 1)) / 64),
    ) as never,
    dims,
  );

function classifier(type: Float): Model {
  const g = new GraphBuilder(type);
  const hidden = g.relu(g.matMul(g.input("x", type, ["N", 3]), g.parameter("first", numbers(type, 3, 6))));
  const [doubled] = g.node("Mul", [hidden, g.constant(numbers(type, 1))]);
  g.output(g.softmax(g.matMul(doubled!, g.parameter("second", numbers(type, 6, 2)))), "y");
  return g.model();
}

const dataIn = (type: Float) => ({ inputs: numbers(type, 8, 3), targets: int64([0, 1, 0, 1, 1, 0, 0, 1]) });

for (const type of ["float16", "float64"] as const) {
  Deno.test(`a model in ${type} is trained as it would be in float32, and keeps its type`, async () => {
    const options = { epochs: 3, batchSize: 4, seed: 1 };
    const { model, history } = await fit(classifier(type), dataIn(type), options);
    const expected = await fit(classifier("float32"), dataIn("float32"), options);
    assert.deepEqual(history.map(({ loss }) => loss), expected.history.map(({ loss }) => loss));
    for (const name of ["first", "second"]) {
      const [given, wanted] = [model, expected.model].map(({ graph }) =>
        graph.initializers.get(name) as Tensor
      );
      assert.equal(given!.type, type);
      const rounded = ARRAYS[type].from(wanted!.data as Float32Array);
      assert.deepEqual([...given!.data as Float32Array], [...rounded as unknown as Float32Array]);
    }
    // It runs where the original did, and evaluation reads it.
    assert.equal((await runModel(model, { x: dataIn(type).inputs }))["y"]!.type, type);
    const [own, other] = [
      await evaluate(classifier(type), dataIn(type)),
      await evaluate(classifier("float32"), dataIn("float32")),
    ];
    assert.deepEqual(own, other);
  });
}

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
