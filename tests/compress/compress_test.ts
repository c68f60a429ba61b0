import assert from "node:assert/strict";
import {
  fakeQuantize,
  foldFakeQuantization,
  quantizable,
  quantizedBytes,
  type QuantizeOptions,
  quantizeWeights,
} from "../../lib/compress/mod.ts";
import { bert } from "../../lib/nn/bert.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { gradients } from "../../lib/onnx/gradients.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32, int64, type Tensor } from "../../lib/tensor/tensor.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { fit } from "../../lib/train/fit.ts";
import { adamW } from "../../lib/train/optimizers.ts";
import { axSearch, maskElements, removeElements } from "../../lib/transformer/mod.ts";
import { assertClose } from "../close.ts";

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

const encoder = () =>
  bert({
    layers: 2,
    hidden: 16,
    heads: 4,
    neurons: 24,
    vocabulary: 40,
    positions: 8,
    types: 0,
    dropout: 0,
    seed: 3,
  });

/** Texts whose label is whether a token of the upper half comes first. */
function texts(count: number, seed: number) {
  const random = seededRandom(seed, "texts");
  const ids = Array.from({ length: count * 6 }, () => 1 + random.integer(39));
  return {
    inputs: { input_ids: int64(ids, [count, 6]), attention_mask: int64(ids.map(() => 1), [count, 6]) },
    targets: { labels: int64(Array.from({ length: count }, (_, i) => Number(ids[6 * i]! >= 20))) },
  };
}

Deno.test("rows are what makes one feature, and rows of a table; norms and biases stay", () => {
  const model = encoder();
  const chosen = quantizable(model, { per: "row" });
  const names = chosen.map(({ name }) => name);
  assert.ok(!names.some((name) => /bias|LayerNorm/.test(name)));
  assert.equal(names.length, 2 + 2 * 6 + 2); // tables, dense layers, pooler and classifier
  for (const { name, axis } of chosen) assert.equal(axis, 0, name);
  const rows = quantizedBytes(model, { per: "row" });
  const numbers = weightsOf(model).reduce((sum, { tensor }) => sum + tensor.data.length, 0);
  // By formula: 40 + 8 rows of tables, four times 16, 24 and 16 in each layer, 16 of the pooler, two classes.
  assert.equal(rows.scales, 4 * (48 + 2 * (4 * 16 + 24 + 16) + 16 + 2));
  assert.equal(rows.integers, 16 * 48 + 2 * (4 * 256 + 2 * 16 * 24) + 256 + 32);
  assert.equal(rows.floats, 4 * (numbers - rows.integers));
  assert.equal(rows.unquantized, 4 * numbers);
  const four = quantizedBytes(model, { bits: 4 });
  assert.deepEqual([four.integers, four.scales], [rows.integers / 2, 4 * names.length]);
});

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

Deno.test("a search on the quantised network: masked is removed, and its scales stay", async () => {
  const { model: trained } = await fit(encoder(), texts(512, 0), {
    epochs: 4,
    batchSize: 32,
    optimizer: adamW(),
    schedule: () => 3e-3,
    seed: 1,
  });
  const model = quantizeWeights(trained, { bits: 3 });
  const data = texts(200, 2);
  const { configuration, before, after } = await axSearch(model, data, { groups: 4, k: 3 });
  assert.ok(configuration.removed.length > 0 && after.loss < before.loss);
  assert.ok(Math.abs(before.loss - (await evaluate(fakeQuantize(trained, { bits: 3 }), data)).loss) < 1e-5);
  const smaller = removeElements(model, configuration);
  const masked = await evaluate(maskElements(model, configuration), data);
  assert.ok(Math.abs((await evaluate(smaller, data)).loss - masked.loss) < 1e-5);
  assert.ok(quantizedBytes(smaller, { bits: 3 }).total < quantizedBytes(model, { bits: 3 }).total);
  for (const { tensor } of quantizable(smaller)) {
    assert.ok(new Set([...tensor.data as Float32Array].map(Math.abs)).size <= 4, "more than 0, s, 2s and 3s");
  }
});

Deno.test("bits that are none are refused", () => {
  for (const bits of [1, 17, 7.5]) {
    for (const call of [quantizeWeights, fakeQuantize, quantizedBytes]) {
      assert.throws(
        () => call(encoder(), { bits }),
        /^RangeError: Cannot quantise to .* bits: expected a whole number/,
      );
    }
  }
});
