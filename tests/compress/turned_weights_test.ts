import assert from "node:assert/strict";
import { packQuantized } from "../../lib/compress/codes/pack_quantized.ts";
import { compress } from "../../lib/compress/compress.ts";
import { linearLayers } from "../../lib/compress/linear_layers.ts";
import { vit } from "../../lib/nn/vit.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

const random = seededRandom(3);
const W1 = Array.from({ length: 32 * 64 }, () => random.normal());
const W2 = Array.from({ length: 64 * 8 }, () => random.normal());
const X = { x: float32(Array.from({ length: 2 * 5 * 32 }, () => random.normal()), [2, 5, 32]) };

/** The other way round. */
const turn = (data: number[], rows: number, columns: number) =>
  Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!);

/** Two layers on sequences, whose weights lie as MatMul reads them, or as PyTorch stores them. */
function twoLayers(isTurned: boolean): Model {
  const g = new GraphBuilder("layers");
  const x = g.input("x", "float32", ["N", 5, 32]);
  const weight = (name: string, data: number[], inputs: number, outputs: number) =>
    isTurned
      ? g.transpose(g.parameter(name, float32(turn(data, inputs, outputs), [outputs, inputs])), [1, 0])
      : g.parameter(name, float32(data, [inputs, outputs]));
  // PyTorch's order: all nodes that turn weights may stand where they are read, or at the front.
  const [w1, w2] = [weight("w1", W1, 32, 64), weight("w2", W2, 64, 8)];
  g.output(g.matMul(g.relu(g.matMul(x, w1)), w2), "y");
  return g.model();
}

const SETTINGS = {
  "4 bits in groups": { method: "rtn", bits: 4, groupSize: 16 },
  "8 bits": { method: "rtn", bits: 8 },
  "4 bits learnt from data": { method: "gptq", bits: 4, groupSize: 16, calibration: [X] },
} as const;

for (const [name, settings] of Object.entries(SETTINGS)) {
  Deno.test(`weights behind a Transpose are compressed as those stored turned: ${name}`, async () => {
    const outputs = await Promise.all([false, true].map(async (isTurned) => {
      const result = await compress(twoLayers(isTurned), settings);
      assert.deepEqual(result.layers.map(({ weight, rows, columns }) => [weight, rows, columns]), [
        ["w1", 64, 32],
        ["w2", 8, 64],
      ]);
      const { model, left, forms } = packQuantized(result);
      assert.deepEqual([left, Object.keys(forms)], [{}, ["w1", "w2"]]);
      assert.ok(!model.graph.initializers.has("w1"), "floats are stored beside the codes");
      return [...(await runModel(model, X)).y!.data as Float32Array];
    }));
    assertClose(outputs[1]!, outputs[0]!, REORDERED_FLOAT32);
  });
}

Deno.test("every linear layer of a vision transformer is found", () => {
  const model = vit({ layers: 2, hidden: 32, mlp: 64, heads: 2, patch: 8, image: 32, classes: 5 });
  const { nodes, initializers } = model.graph;
  const matrices = [...initializers].filter(([name, { dims }]) => /weight$/.test(name) && dims.length >= 2);
  assert.ok(nodes.some(({ op }) => op === "Transpose"));
  assert.deepEqual(
    linearLayers(model).map(({ weight }) => weight).sort(),
    matrices.map(([name]) => name).sort(),
  );
});
