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
import { float32, numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
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

Deno.test("the masks of zeros that are there name float32 weights with zeros alone", () => {
  for (
    const [type, List, found] of [["float32", Float32Array, ["w"]], ["float64", Float64Array, []]] as const
  ) {
    const g = new GraphBuilder();
    const weights = (name: string, values: number[]) =>
      g.parameter(name, new Tensor(type, List.from(values), [2, 2]));
    const hidden = g.matMul(g.input("x", type, ["N", 2]), weights("w", [1, 0, 0, 2]));
    g.output(g.matMul(hidden, weights("full", [1, 2, 3, 4])), "y");
    const masks = nonZeroMasks(g.model());
    assert.deepEqual(Object.keys(masks), found);
    for (const mask of Object.values(masks)) {
      assert.deepEqual([0, 1, 2, 3].map((i) => stays(mask, i)), [true, false, false, true]);
    }
  }
});

Deno.test("weights of all floats, and those in nodes, get the zeros that magnitude gives them", () => {
  for (const [type, array] of [["float16", Float16Array], ["float64", Float64Array]] as const) {
    const g = new GraphBuilder("floats");
    const w = g.parameter("w", new Tensor(type, array.from([4, -1, 0.5, 3]) as never, [2, 2]));
    g.output(g.matMul(g.input("x", type, ["N", 2]), w), "y");
    const model = g.model();
    const { initializers } = maskWeights(model, magnitudeMasks(model, 0.5)).graph;
    assert.deepEqual(initializers.get("w")!.type, type);
    assert.deepEqual(numbersOf(initializers.get("w") as Tensor), [4, 0, 0, 3]);
    assert.deepEqual(numbersOf(model.graph.initializers.get("w") as Tensor), [4, -1, 0.5, 3]);
  }
  const g = new GraphBuilder("nodes");
  const value = { type: "tensor", value: float32([4, -1, 0.5, 3], [2, 2]) } as const;
  const [w] = g.node("Constant", [], { value });
  g.output(g.matMul(g.input("x", "float32", ["N", 2]), w!), "y");
  const masks = magnitudeMasks(g.model(), 0.5);
  const [name] = Object.keys(masks);
  const masked = maskWeights(g.model(), masks);
  assert.deepEqual(numbersOf(masked.graph.initializers.get(name!) as Tensor), [4, 0, 0, 3]);
  assert.equal(sparsityOf(masked, masks).ofMasked, 0.5);
});
