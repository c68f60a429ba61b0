import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { fit } from "../../lib/train/fit.ts";
import { int64, sizeOf, Tensor } from "../../lib/tensor/tensor.ts";
import { runModel } from "../../lib/runtime/run_model.ts";

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
