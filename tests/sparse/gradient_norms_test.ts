import assert from "node:assert/strict";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { gradientProbe } from "../../lib/sparse/gradient_norms.ts";
import { meanSquaredError } from "../../lib/train/losses.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { withEngine } from "../train/engines.ts";

withEngine(
  "gradient norms are those of the closed form, for any weights of the shape",
  "native",
  async (runtime) => {
    const probe = await gradientProbe(mlp({ sizes: [2, 3] }), { runtime, loss: meanSquaredError() });
    for (const seed of [1, 2]) {
      const model = mlp({ sizes: [2, 3], seed });
      const [x, y] = [[0.5, -2], [1, 0, -1]];
      const batch = { inputs: { input: float32(x, [1, 2]) }, targets: { expected: float32(y, [1, 3]) } };
      const found = await probe.norms(model, batch);
      const [w, b] = ["0.weight", "0.bias"].map((name) =>
        (model.graph.initializers.get(name) as Tensor).data as Float32Array
      ) as [Float32Array, Float32Array];
      // Mean of three squares: gradient by w[o, i] is 2/3 (w·x + b − y)[o] x[i].
      const errors = y.map((target, o) => w[2 * o]! * x[0]! + w[2 * o + 1]! * x[1]! + b[o]! - target);
      const expected = Math.hypot(...errors.flatMap((error) => x.map((value) => 2 / 3 * error * value)));
      assertClose([found["0.weight"]!], [expected], REORDERED_FLOAT32);
      await assert.rejects(probe.norms(model, { ...batch, targets: {} }), {
        name: "TypeError",
        message: /^Cannot take gradients with meanSquaredError: it compares with the target "expected"/,
      });
    }
    await probe.release();
  },
);
