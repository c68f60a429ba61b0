import assert from "node:assert/strict";
import { compress } from "../../lib/compress/mod.ts";
import { requireFloat64 } from "../../lib/compress/require_float64.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { inFloat64 } from "../../lib/onnx/passes/in_float64.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";

const numbers = (...dims: number[]): Tensor =>
  float32(Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => Math.sin(i)), dims);

/** A model of one operator on [1, 2, 4, 4]. */
function one(op: string, weights: number[][], attributes = {}) {
  const g = new GraphBuilder("one");
  const x = g.input("x", "float32", [1, 2, 4, 4]);
  const read = weights.map((dims, i) => g.parameter(`${i}.weight`, numbers(...dims)));
  g.output(g.node(op, [x, ...read], attributes)[0]!, "y");
  return g.model();
}

Deno.test("what is refused in float64 is what the engine does not open, and no more", async () => {
  const runtime = await openRuntime({ engine: "native" });
  try {
    for (
      const [op, weights, attributes] of [
        ["Conv", [[1, 2, 3, 3]]],
        ["ConvTranspose", [[2, 1, 3, 3]]],
        ["AveragePool", [], { kernel_shape: [2, 2] }],
        ["MaxPool", [], { kernel_shape: [2, 2] }],
        ["GlobalAveragePool", []],
        ["GlobalMaxPool", []],
        ["BatchNormalization", [[2], [2], [2], [2]]],
        ["InstanceNormalization", [[2], [2]]],
        ["LayerNormalization", [[4], [4]]],
        ["LRN", [], { size: 3 }],
        ...["Elu", "Erf", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu", "Mish", "Relu", "Selu"].map((op) =>
          [op, []] as const
        ),
        ...["Sigmoid", "Softmax", "Softplus", "Softsign", "Tanh"].map((op) => [op, []] as const),
        ["PRelu", [[1]]],
      ] as readonly (readonly [string, number[][], object?])[]
    ) {
      const model = one(op, weights, attributes);
      const opens = await runtime.session(inFloat64(model)).then((session) =>
        session.release().then(() => true)
      )
        .catch(() => false);
      const isRefused = (() => {
        try {
          requireFloat64(model);
          return false;
        } catch {
          return true;
        }
      })();
      assert.equal(isRefused, !opens, op);
    }
  } finally {
    await runtime.close();
  }
});

Deno.test("a network of convolutions is refused in float64 before anything is opened for it", async () => {
  const options = { method: "sparsegpt", sparsity: 0.5, precision: "float64" } as const;
  await assert.rejects(
    compress(one("Conv", [[1, 2, 3, 3]]), { ...options, calibration: [{ x: numbers(1, 2, 4, 4) }] }),
    /^TypeError: Cannot run the model in float64: ONNX Runtime has no Conv of doubles; leave out precision/,
  );
});
