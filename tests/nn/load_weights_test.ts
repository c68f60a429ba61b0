import assert from "node:assert/strict";
import { loadWeights } from "../../lib/nn/load_weights.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { float32, int64, type Tensor } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";

const numbers = (...dims: number[]): Tensor => {
  const random = seededRandom(1);
  return float32(Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()), dims);
};

Deno.test("loadWeights puts tensors in by name and leaves the model it was given alone", () => {
  const model = mlp({ sizes: [3, 4, 2] });
  const fresh = {
    "0.weight": numbers(4, 3),
    "0.bias": numbers(4),
    "2.weight": numbers(2, 4),
    "2.bias": numbers(2),
  };
  const tensors = Object.fromEntries(
    Object.entries(fresh).map(([name, tensor]) => [`module.${name}`, tensor]),
  );
  const loaded = loadWeights(model, { ...tensors, "module.1.num_batches_tracked": int64([5], []) });
  for (const [name, tensor] of Object.entries(fresh)) {
    assert.equal(loaded.graph.initializers.get(name), tensor);
  }
  assert.notEqual(model.graph.initializers.get("0.weight"), fresh["0.weight"]);
  const renamed = Object.fromEntries(Object.entries(fresh).map(([name, tensor]) => [`net.${name}`, tensor]));
  loadWeights(model, renamed, { rename: (name) => name.replace("net.", "") });
});

Deno.test("loadWeights lists what is missing, unused and of another shape", () => {
  const model = mlp({ sizes: [3, 4, 2] });
  assert.throws(
    () =>
      loadWeights(model, {
        "0.weight": numbers(3, 4),
        "0.bias": numbers(4),
        "head": numbers(1),
        "2.bias": numbers(2),
      }),
    {
      name: "TypeError",
      message: 'Cannot load 4 tensors into model "mlp": 1 missing from the checkpoint: 2.weight; ' +
        "1 with no place in the model: head; 1 of another type or shape: 0.weight is float32[4, 3], " +
        "given float32[3, 4]; use the option rename to translate names or to drop tensors",
    },
  );
});
