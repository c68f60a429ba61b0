import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { seededRandom } from "../../lib/random.ts";
import {
  magnitudeMasks,
  maskChurn,
  masksByMagnitude,
  maskWeights,
  nonZeroMasks,
  sparsityOf,
} from "../../lib/sparse/masks.ts";
import { keptCount, maskWithout, stays } from "../../lib/sparse/mask_bits.ts";
import type { Mask } from "../../lib/train/weight_mask.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { type Weight, weightsOf } from "../../lib/nn/weights.ts";
import { nmMasks } from "../../lib/sparse/nm_masks.ts";
import { float32, numbersOf, Tensor, tensorOf, type TensorType } from "../../lib/tensor/tensor.ts";
import { awkward, lowSet } from "./reference.ts";

Deno.test("masks by magnitude keep exactly what sorting keeps, and models get their zeros", () => {
  const random = seededRandom(4);
  const weights = awkward(random, 500);
  const { w } = masksByMagnitude([{ name: "w", dims: [5, 100], weights }], { sparsity: 0.9 });
  const low = new Set(lowSet(weights, 0.9));
  assert.deepEqual(Array.from(weights, (_, i) => stays(w!, i)), Array.from(weights, (_, i) => !low.has(i)));

  const model = mlp({ sizes: [4, 25, 4] });
  const layers = ["0.weight", "2.weight"].map((name) => {
    const { dims, data } = model.graph.initializers.get(name)! as unknown as {
      dims: readonly number[];
      data: Float32Array;
    };
    return { name, dims, weights: data };
  });
  const masks = masksByMagnitude(layers, { sparsity: 0.9 });
  const masked = maskWeights(model, masks);
  const zeros = (of: typeof model) =>
    [...of.graph.initializers.values()].flatMap((tensor) =>
      [..."data" in tensor ? tensor.data as Float32Array : []].filter((value) => value === 0)
    ).length;
  assert.deepEqual([zeros(model), zeros(masked)], [0, 180]);
  const counted = sparsityOf(masked, masks);
  assert.deepEqual([counted.kept, counted.ofMasked, counted.ofModel], [20, 0.9, 180 / 229]);
  assert.throws(() => maskWeights(model, { "0.bias": masks["0.weight"]! }), {
    name: "TypeError",
    message: 'Cannot mask "0.bias": expected a tensor of shape [25, 4] in the model, found one of shape [25]',
  });
});

Deno.test("mask churn is the share of kept weights that are new", () => {
  const keep = (...places: number[]) => ({
    w: maskWithout([9], (drop) => {
      for (let i = 0; i < 9; i++) if (!places.includes(i)) drop(i);
    }),
  });
  assert.equal(maskChurn(keep(0, 1, 2, 8), keep(0, 1, 7, 3)), 0.5);
  assert.equal(maskChurn(keep(0, 1), keep(0, 1)), 0);
  assert.equal(maskChurn(keep(0, 1), keep()), 0);
});

Deno.test("where nothing is masked nothing is zero, and masks are the model's", () => {
  const model = mlp({ sizes: [2, 3] });
  assert.deepEqual(sparsityOf(model, {}), { kept: 0, ofMasked: 0, ofModel: 0, layers: [] });
  const one = { "0.weight": maskWithout([3, 2], (drop) => drop(1)) };
  assert.equal(sparsityOf(model, one).kept, 5);
  for (
    const [masks, message] of [
      [
        { ...one, "1.weight": one["0.weight"] },
        'Cannot count what the mask of "1.weight" keeps: expected a tensor of shape [3, 2] in the model, found none',
      ],
      [
        { "0.weight": maskWithout([6], () => {}) },
        'Cannot count what the mask of "0.weight" keeps: expected a tensor of shape [6] in the model, found one of ' +
        "shape [3, 2]",
      ],
    ] as const
  ) assert.throws(() => sparsityOf(model, masks), { name: "TypeError", message });
  assert.equal(maskChurn(one, {}), 0);
  assert.throws(() => maskChurn({}, one), {
    name: "TypeError",
    message:
      /^Cannot compare masks of "0.weight": expected one of \[3, 2\] from before, found none; give masks of/,
  });
  assert.throws(() => maskChurn({ "0.weight": maskWithout([6], () => {}) }, one), /found one of \[6\]; give/);
});

const weightOf = (model: Model, name: string) => model.graph.initializers.get(name) as Tensor;
const keptPlaces = (mask: Mask, length: number) =>
  Array.from({ length }, (_, i) => i).filter((i) => stays(mask, i));

Deno.test("with global scope, weights of all layers are sorted together", () => {
  const model = mlp({ sizes: [6, 20, 3] });
  const names = ["0.weight", "2.weight"];
  // The second layer is larger throughout, so that one scope empties the first layer and the other does not.
  const initializers = new Map(model.graph.initializers);
  const second = weightOf(model, names[1]!);
  const larger = (second.data as Float32Array).map((w) => w + Math.sign(w));
  initializers.set(names[1]!, float32(larger, second.dims));
  const scaled = model.withGraph({ ...model.graph, initializers });
  const all = names.flatMap((name) => [...weightOf(scaled, name).data as Float32Array]);
  const low = new Set(lowSet(all, 0.7));
  const masks = magnitudeMasks(scaled, 0.7, { scope: "global" });
  assert.deepEqual(
    [...keptPlaces(masks[names[0]!]!, 120), ...keptPlaces(masks[names[1]!]!, 60).map((i) => i + 120)],
    [...all.keys()].filter((i) => !low.has(i)),
  );
  assert.equal(keptCount(masks[names[0]!]!), 0);
  assert.equal(keptCount(magnitudeMasks(scaled, 0.7)[names[0]!]!), 36);
});

Deno.test("weights of all floats are ranked by their values, and scopes are known by name", () => {
  // Halves and doubles that all types hold: their bits, read as float32, are in another order, or too few.
  const values = [0.5, -4, 0.125, 2, -0.25, 8, 1, -0.0625];
  const tensors = [
    new Tensor("float32", Float32Array.from(values), [4, 2]),
    new Tensor("float16", new Uint16Array(Float16Array.from(values).buffer), [4, 2]),
    new Tensor("float64", Float64Array.from(values), [4, 2]),
  ];
  for (const tensor of tensors) {
    const g = new GraphBuilder();
    g.output(g.matMul(g.input("x", tensor.type, ["N", 4]), g.parameter("w", tensor)), "y");
    for (const scope of ["layer", "global"] as const) {
      assert.deepEqual(keptPlaces(magnitudeMasks(g.model(), 0.5, { scope })["w"]!, 8), [1, 3, 5, 6]);
    }
  }
  assert.throws(() => magnitudeMasks(mlp({ sizes: [2, 2] }), 0.5, { scope: "bogus" as "global" }), {
    name: "RangeError",
    message: 'Cannot cut by magnitude with scope "bogus": expected "layer" or "global"',
  });
});

/** The arrays of the three sizes of floats, for numbers that all of them hold. */
const FLOATS = {
  float16: (values: readonly number[]) => new Uint16Array(Float16Array.from(values).buffer),
  float32: (values: readonly number[]) => Float32Array.from(values),
  float64: (values: readonly number[]) => Float64Array.from(values),
} as const;

Deno.test("the masks of zeros that are there name weights with zeros alone", () => {
  for (const [type, list] of Object.entries(FLOATS)) {
    const g = new GraphBuilder();
    const weights = (name: string, values: number[]) =>
      g.parameter(name, tensorOf(type as TensorType, list(values), [2, 2]));
    const hidden = g.matMul(g.input("x", type as TensorType, ["N", 2]), weights("w", [1, -0, 0, 2]));
    g.output(g.matMul(hidden, weights("full", [1, 2, 3, 4])), "y");
    const masks = nonZeroMasks(g.model());
    assert.deepEqual(Object.keys(masks), ["w"], type);
    assert.deepEqual([0, 1, 2, 3].map((i) => stays(masks["w"]!, i)), [true, false, false, true]);
  }
});

Deno.test("weights of all floats are masked in their own type, stored or in a node", async () => {
  const values = [0.5, -4, 0.125, 2, -0.25, 8, 1, -0.0625];
  for (const [type, list] of Object.entries(FLOATS)) {
    for (const inNode of [false, true]) {
      const g = new GraphBuilder();
      const tensor = tensorOf(type as TensorType, list(values), [4, 2]);
      const w = inNode
        ? g.node("Constant", [], { value: { type: "tensor", value: tensor } })[0]!
        : g.parameter("w", tensor);
      g.output(g.matMul(g.input("x", type as TensorType, ["N", 4]), w), "y");
      const model = g.model();
      const masked = maskWeights(model, magnitudeMasks(model, 0.5));
      const [{ tensor: after }] = weightsOf(masked) as [Weight];
      assert.deepEqual([after.type, after.dims], [type, [4, 2]]);
      assert.deepEqual(numbersOf(after).map(Math.abs), [0, 4, 0, 2, 0, 8, 1, 0]);
      assert.deepEqual(numbersOf(weightsOf(model)[0]!.tensor), values);
      // Of two neighbours in a column, the larger one.
      const pairs = maskWeights(model, await nmMasks(model, { n: 1, m: 2 }));
      assert.deepEqual(numbersOf(weightsOf(pairs)[0]!.tensor).map(Math.abs), [0.5, 4, 0, 0, 0, 8, 1, 0]);
    }
  }
});

Deno.test("codes are not masked as floats", () => {
  const g = new GraphBuilder();
  const codes = g.parameter("codes", new Tensor("int8", new Int8Array(4), [2, 2]));
  g.output(g.node("Identity", [codes])[0]!, "y");
  const mask = maskWithout([2, 2], (drop) => drop(0));
  assert.throws(() => maskWeights(g.model(), { codes: mask }), {
    name: "TypeError",
    message: 'Cannot mask "codes": expected float16, float32 or float64, found int8',
  });
});
