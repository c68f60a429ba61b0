import assert from "node:assert/strict";
import {
  fakeQuantize,
  foldFakeQuantization,
  quantizable,
  type QuantizeOptions,
  quantizeWeights,
} from "../../lib/compress/mod.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { gradients } from "../../lib/onnx/gradients.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { fit } from "../../lib/train/fit.ts";
import { adamW } from "../../lib/train/optimizers.ts";
import { assertClose } from "../close.ts";
import { encoder, texts } from "./small_encoder.ts";

interface Case {
  bits: number;
  per: "tensor" | "row";
  values: number[];
  gradient: number[];
}

const fixture: { weight: number[]; upstream: number[]; cases: Case[] } = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/fake_quantize.json", import.meta.url)),
);

/** x·Wᵀ of the fixture's weight, 6 × 5, and Σ upstream·W as a loss, which x = 1 and the identity give. */
function product(): Model {
  const g = new GraphBuilder("product");
  const x = g.input("x", "float32", [5, 5]);
  const weight = g.parameter("weight", float32(fixture.weight, [6, 5]));
  const y = g.output(g.matMul(x, g.transpose(weight, [1, 0])), "y");
  const upstream = g.constant(float32(fixture.upstream, [6, 5]));
  g.output(g.reduceSum(g.mul(g.transpose(y, [1, 0]), upstream), undefined, { keepdims: false }), "loss");
  return g.model();
}

const identity = { x: float32(Array.from({ length: 25 }, (_, i) => Number(i % 6 === 0)), [5, 5]) };

/** A product with the identity is the weight itself, turned. */
function turned({ data }: Tensor): number[] {
  const numbers = data as Float32Array;
  return Array.from({ length: 30 }, (_, i) => numbers[(i % 5) * 6 + Math.floor(i / 5)]!);
}

for (const { bits, per, values, gradient } of fixture.cases) {
  Deno.test(`${bits} bits per ${per}: forwards and backwards as PyTorch's fake quantisation`, async () => {
    const options = { bits, per };
    const close = { absolute: 2e-6, relative: 0 };
    const plain = await runModel(quantizeWeights(product(), options), identity);
    assertClose(turned(plain.y as Tensor), values, close);
    const { model, gradients: { weight } } = gradients(fakeQuantize(product(), options), "loss", ["weight"]);
    const outputs = await runModel(model, identity);
    assertClose(turned(outputs.y as Tensor), values, close);
    // As data and in the graph the numbers are the same, to the bit.
    assert.deepEqual(turned(outputs.y as Tensor), turned(plain.y as Tensor));
    assertClose(outputs[weight!]!.data as Float32Array, gradient, close);
  });
}

Deno.test("training sees the rounding: two bits trained are better than two bits rounded after", async () => {
  const [data, unseen] = [texts(512, 0), texts(512, 1)];
  const options: QuantizeOptions = { bits: 2, per: "row" };
  const train = async (model: Model) =>
    (await fit(model, data, { epochs: 12, batchSize: 32, optimizer: adamW(), schedule: () => 3e-3, seed: 1 }))
      .model;
  const after = quantizeWeights(await train(encoder()), options);
  const trained = await train(fakeQuantize(encoder(), options));
  const folded = foldFakeQuantization(trained, options);
  const [rounded, aware, plain] = await Promise.all(
    [after, trained, folded].map(async (model) => await evaluate(model, unseen)),
  );
  assert.ok(aware!.accuracy! > 0.9 && aware!.loss < rounded!.loss, `${aware!.loss} and ${rounded!.loss}`);
  assert.ok(Math.abs(aware!.loss - plain!.loss) < 1e-6, "folding changed what is computed");
  assert.ok(folded.graph.nodes.length <= encoder().graph.nodes.length);
  assert.ok(!("espalier" in folded.info.opsets));
  for (const { name, tensor } of quantizable(folded)) {
    if (!name.includes("query")) continue;
    const rows = Array.from(
      { length: 16 },
      (_, row) => (tensor.data as Float32Array).slice(16 * row, 16 * row + 16),
    );
    for (const row of rows) assert.ok(new Set([...row].map(Math.abs)).size <= 2, "more than −s, 0 and s");
  }
});
