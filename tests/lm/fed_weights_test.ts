import assert from "node:assert/strict";
import { feedWeights, sessionOf } from "../../lib/lm/fed_weights.ts";
import { decoder, decoderStep } from "../../lib/nn/decoder.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";

const SIZES = { vocabulary: 512, context: 16, layers: 1, hidden: 128, heads: 4, neurons: 256, tied: true };

Deno.test("fed weights: matrices are no part of the engine's message, both graphs take the same, results are equal", async () => {
  const model = decoder(SIZES);
  const { model: bare, weights } = feedWeights(model);
  const numbers = Object.values(weights).reduce((sum, { size }) => sum + size, 0);
  assert.equal(numbers, 512 * 128 + 4 * 128 * 128 + 3 * 128 * 256);
  assert.ok(model.toOnnx().length > 4 * numbers && bare.toOnnx().length < 20_000);
  for (const [name, tensor] of Object.entries(weights)) {
    assert.equal(tensor, model.graph.initializers.get(name), "the tensor itself, no copy");
  }
  assert.deepEqual(Object.keys(feedWeights(decoderStep(SIZES)).weights), Object.keys(weights));
  const feeds = { input_ids: int64([1, 5, 7], [1, 3]) };
  for (const engine of ["native", "wasm"] as const) {
    const runtime = await openRuntime({ engine });
    const [own, plain] = [await sessionOf(runtime, model), await runtime.session(model)];
    const [found, expected] = [(await own.run(feeds)).logits!, (await plain.run(feeds)).logits!];
    (expected.data as Float32Array).forEach((value, i) =>
      assert.ok(Math.abs((found.data as Float32Array)[i]! - value) < 1e-5)
    );
    await runtime.close();
  }
});

Deno.test("fed weights: what an operator reads that computes with constants ahead stays in the graph", () => {
  const g = new GraphBuilder();
  const table = () => float32(new Float32Array(2 ** 15).fill(1), [128, 256]);
  const [turned, plain, given] = [
    g.parameter("turned", table()),
    g.parameter("plain", table()),
    g.parameter("given", table()),
  ];
  const x = g.input("x", "float32", ["N", 256]);
  g.output(g.matMul(g.matMul(x, g.transpose(turned, [1, 0])), plain), "y");
  g.output(given, "given");
  assert.deepEqual(Object.keys(feedWeights(g.model()).weights), ["plain"]);
});
