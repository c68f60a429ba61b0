import assert from "node:assert/strict";
import { ctrModel } from "../../lib/ctr/ctr_model.ts";
import { type InteractionName, INTERACTIONS } from "../../lib/ctr/interactions/table.ts";
import { plainTable } from "../../lib/ctr/tables/table.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import { sizeOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { fieldsOf } from "./fields_of.ts";

Deno.test("parameters are counted as for 39 fields of vectors of 64", () => {
  const count = (name: InteractionName) => {
    const fields = fieldsOf(Array.from({ length: 39 }, () => 1));
    const model = ctrModel(INTERACTIONS[name](), { fields, features: 64 });
    const sizes = Object.fromEntries(
      weightsOf(model).filter(({ role }) => role !== "statistic").map((
        { name, tensor },
      ) => [name, sizeOf(tensor.dims)]),
    );
    const { "embedding.weight": table, "linear.weight": first = 0, bias = 0, ...rest } = sizes;
    assert.equal(table, 39 * 64);
    return { first, bias, rest: Object.values(rest).reduce((a, b) => a + b, 0) };
  };
  const mlp = 2_556_928 + 524_800 + 131_328 + 257 + 3_584;
  assert.deepEqual(count("FM"), { first: 39, bias: 1, rest: 0 });
  assert.deepEqual(count("DeepFM"), { first: 39, bias: 1, rest: mlp });
  assert.deepEqual(count("FNN"), { first: 0, bias: 0, rest: mlp });
  // 741 inner products more go into the first layer.
  assert.deepEqual(count("IPNN"), { first: 0, bias: 0, rest: mlp + 741 * 1024 });
  // Six layers of a weight and a bias each, and one linear layer for both ends.
  assert.deepEqual(count("DCN"), { first: 0, bias: 0, rest: mlp - 257 + 6 * 2 * 2496 + 256 + 2496 + 1 });
});

Deno.test("models begin as the released ones do", () => {
  const fields = fieldsOf([3000, 2000, 1000]);
  const start = (firstOrder?: "zeros") =>
    ctrModel(INTERACTIONS.DeepFM({ hidden: [20] }), {
      fields,
      features: 64,
      seed: 3,
      table: plainTable(),
      ...firstOrder && { firstOrder },
    }).graph.initializers;
  const data = (name: string, weights = start()) => (weights.get(name) as Tensor).data as Float32Array;
  const table = data("embedding.weight");
  const bound = Math.sqrt(6 / 6064);
  const most = table.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assert.ok(most < bound && most > 0.999 * bound, `${most} within ${bound}`);
  const first = data("linear.weight");
  const deviation = Math.sqrt(first.reduce((sum, value) => sum + value * value, 0) / first.length);
  assert.ok(Math.abs(deviation - 1) < 0.03, `first-order weights deviate by ${deviation}`);
  assert.ok(data("linear.weight", start("zeros")).every((value) => value === 0));
  assert.deepEqual([...data("bias")], [0]);
  const layer = data("mlp.0.weight");
  const reach = layer.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assert.ok(reach < 1 / Math.sqrt(192) && reach > 0.99 / Math.sqrt(192));
  assert.deepEqual(table, data("embedding.weight"), "the same seed draws the same table");
});

Deno.test("a model without fields, or of a field without ids, is refused", () => {
  const build = (sizes: number[], features = 4) => () =>
    ctrModel(INTERACTIONS.FM(), { fields: fieldsOf(sizes), features });
  assert.throws(build([]), /Cannot build FM for 0 fields with vectors of 4: expected at least one field/);
  assert.throws(build([3, 0]), /field "1" has 0 ids/);
  assert.throws(build([3], 0), RangeError);
});
