import assert from "node:assert/strict";
import { allocatesBits, chosenLayers } from "../../lib/compress/chosen_layers.ts";
import { mlp } from "../../lib/nn/mlp.ts";

const model = mlp({ sizes: [3, 5, 2], seed: 0 });
const chosen = (options: Parameters<typeof chosenLayers>[1]) =>
  chosenLayers(model, options).layers.map(({ weight }) => weight);

Deno.test("layers are chosen by a function of their names, and by having a target", () => {
  assert.deepEqual(chosen({ method: "magnitude", sparsity: 0.5 }), ["0.weight", "2.weight"]);
  assert.deepEqual(chosen({ method: "rtn", bits: 4, layers: (name) => name.startsWith("2") }), ["2.weight"]);
  assert.deepEqual(chosen({ method: "rtn", bits: { "0.weight": 4 } }), ["0.weight"]);
});

Deno.test("where no layer is left, or calibration data are, it is said", () => {
  assert.throws(
    () => chosen({ method: "rtn", bits: 4, layers: () => false }),
    /none of the model's 2 linear/,
  );
  assert.throws(() => chosen({ bits: 4 }), /Cannot compress by "gptq" without calibration data/);
});

Deno.test("what only an allocation reads is refused without one", () => {
  assert.equal(allocatesBits("compress", { bits: 4 }), false);
  assert.equal(allocatesBits("compress", { bits: 4, allocation: "uniform", seed: 3 }), true);
  assert.throws(
    () => allocatesBits("compress", { bits: 4, seed: 3 }),
    /Cannot compress with seed: it is of no use/,
  );
});
