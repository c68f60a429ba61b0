import assert from "node:assert/strict";
import { chosenLayers, startOf } from "../../lib/compress/chosen_layers.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";

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

Deno.test("what nothing reads is refused, and what changes nothing is not", () => {
  const calibration = [{ input: float32([1, 2, 3], [1, 3]) }];
  const start = (options: Parameters<typeof startOf>[2]) => startOf("compress", model, options);
  assert.equal(start({ bits: 4, calibration }).allocates, false);
  assert.equal(start({ bits: 4, calibration, allocation: "uniform", seed: 3 }).allocates, true);
  const zeros = { method: "magnitude", sparsity: 0.5 } as const;
  for (
    const [options, name, what] of [
      [{ bits: 4, calibration, seed: 3 }, "seed", "an allocation of bits"],
      [{ bits: 4, calibration, held: calibration }, "held", "an allocation of bits"],
      [{ ...zeros, symmetric: true }, "symmetric", "bits"],
      [{ ...zeros, method: "sparsegpt", groupSize: 2, calibration }, "groupSize", "bits"],
      [{ ...zeros, damping: 0.1 }, "damping", "a method that sweeps"],
      [{ method: "rtn", bits: 4, blockSize: 64 }, "blockSize", "a method that sweeps"],
      [{ ...zeros, order: "layers" }, "order", "calibration data"],
      [{ ...zeros, precision: "float64" }, "precision", "calibration data"],
    ] as const
  ) {
    const message = new RegExp(
      `^Cannot compress with ${name}: it is of no use without ${what}.*; leave it out`,
    );
    assert.throws(() => start(options), { name: "TypeError", message });
  }
  assert.ok(
    start({ ...zeros, symmetric: false, order: "blocks", precision: "float32", groupSize: undefined }),
  );
  assert.ok(start({ bits: 4, groupSize: 2, damping: 0.1, blockSize: 64, symmetric: true, calibration }));
});

Deno.test("weights that are not finite are refused before anything is compressed, of the last layer, too", () => {
  const tensor = model.graph.initializers.get("2.weight") as Tensor;
  const odd = float32((tensor.data as Float32Array).with(1, NaN), tensor.dims);
  const initializers = new Map(model.graph.initializers).set("2.weight", odd);
  const damaged = model.withGraph({ ...model.graph, initializers });
  const zeros = { method: "magnitude", sparsity: 0.5 } as const;
  assert.throws(
    () => startOf("compress", damaged, zeros),
    /^RangeError: Cannot compress 2.weight: it has weights that are not finite/,
  );
  // What stays as it is may be so.
  assert.ok(startOf("compress", damaged, { ...zeros, layers: (name) => name === "0.weight" }));
});
