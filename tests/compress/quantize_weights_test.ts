import assert from "node:assert/strict";
import { fakeQuantize, quantizable, quantizedBytes, quantizeWeights } from "../../lib/compress/mod.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { fit } from "../../lib/train/fit.ts";
import { adamW } from "../../lib/train/optimizers.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";
import { axSearch, maskElements, removeElements } from "../../lib/transformer/mod.ts";
import { encoder, texts } from "./small_encoder.ts";

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

Deno.test("a weight that is not finite is refused by name; it took all that share its scale with it", () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const model = mlp({ sizes: [4, 3, 2] });
    const { data, dims } = model.graph.initializers.get("2.weight") as Tensor;
    const odd = float32((data as Float32Array).with(1, bad), dims);
    const initializers = new Map(model.graph.initializers).set("2.weight", odd);
    assert.throws(
      () => quantizeWeights(model.withGraph({ ...model.graph, initializers })),
      /^RangeError: Cannot quantise 2.weight: it has weights that are not finite/,
    );
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
        /^RangeError: Cannot quantise weights with bits .*: expected a whole number/,
      );
    }
  }
});
