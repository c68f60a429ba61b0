import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { seededRandom } from "../../lib/random.ts";
import {
  applyMask,
  keptCount,
  magnitudeMasks,
  type Mask,
  maskOfNonZeros,
  masksByMagnitude,
  maskWeights,
  maskWithout,
  sparsityOf,
  stays,
  turnover,
} from "../../lib/sparse/masks.ts";
import { fixedMasks } from "../../lib/sparse/fixed_masks.ts";
import { nmMasks } from "../../lib/sparse/nm_masks.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, int64, type Tensor } from "../../lib/tensor/tensor.ts";
import { fit } from "../../lib/train/fit.ts";
import { withEngine } from "../train/engines.ts";
import { awkward, lowSet } from "./reference.ts";

Deno.test("a mask counts, asks and zeroes bit by bit", () => {
  const random = seededRandom(3);
  for (const length of [1, 7, 8, 9, 64, 100]) {
    const gone = Array.from({ length }, () => random.uniform() < 0.5);
    const mask = maskWithout([length], (drop) => gone.forEach((goes, i) => goes && drop(i)));
    assert.equal(keptCount(mask), gone.filter((goes) => !goes).length);
    assert.deepEqual(gone.map((_, i) => stays(mask, i)), gone.map((goes) => !goes));
    const weights = Float32Array.from({ length }, (_, i) => i + 1);
    applyMask(weights, mask);
    assert.deepEqual([...weights], gone.map((goes, i) => goes ? 0 : i + 1));
    assert.deepEqual(maskOfNonZeros([length], weights), mask);
  }
});

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

Deno.test("turnover is the share of kept weights that are new", () => {
  const keep = (...places: number[]) => ({
    w: maskWithout([9], (drop) => {
      for (let i = 0; i < 9; i++) if (!places.includes(i)) drop(i);
    }),
  });
  assert.equal(turnover(keep(0, 1, 2, 8), keep(0, 1, 7, 3)), 0.5);
  assert.equal(turnover(keep(0, 1), keep(0, 1)), 0);
  assert.equal(turnover(keep(0, 1), keep()), 0);
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

/** A convolution and both ways to multiply with a matrix, of the same 8 inputs. */
function products(): Model {
  const random = seededRandom(5);
  const g = new GraphBuilder("products");
  const weight = (name: string, dims: number[]) =>
    g.parameter(
      name,
      float32(Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()), dims),
    );
  const colours = g.input("colours", "float32", ["N", 3, 4, 4]);
  const map = g.conv(colours, weight("three", [8, 3, 1, 1]));
  const pixels = g.globalAveragePool(
    g.conv(map, weight("kernel", [8, 8, 3, 3]), undefined, { pads: [1, 1, 1, 1] }),
  );
  const x = g.flatten(pixels);
  const a = g.gemm(x, weight("across", [8, 8]), undefined, { transB: 1 });
  g.output(g.matMul(g.gemm(a, weight("down", [8, 8])), weight("product", [8, 4])), "y");
  return g.model();
}

Deno.test("N:M counts along the axis that each product sums over, and leaves out what it does not divide", async () => {
  const model = products();
  /** Distance, in storage, between neighbours along the inputs. */
  const strides = { kernel: 9, across: 1, down: 8, product: 4 };
  for (const [n, m] of [[2, 4], [1, 4], [3, 8]] as const) {
    const masks = await nmMasks(model, { n, m });
    assert.deepEqual(Object.keys(masks).sort(), Object.keys(strides).sort());
    for (const [name, stride] of Object.entries(strides)) {
      const { data, dims } = weightOf(model, name);
      const weights = [...data as Float32Array];
      const expected: number[] = [];
      const block = m * stride;
      for (let start = 0; start < weights.length; start += block) {
        for (let i = 0; i < stride; i++) {
          const group = Array.from({ length: m }, (_, j) => start + j * stride + i);
          expected.push(
            ...group.toSorted((a, b) => Math.abs(weights[b]!) - Math.abs(weights[a]!)).slice(0, n),
          );
        }
      }
      assert.deepEqual(keptPlaces(masks[name]!, weights.length), expected.sort((a, b) => a - b), name);
      assert.deepEqual(masks[name]!.dims, dims);
    }
  }
  await assert.rejects(nmMasks(model, { n: 5, m: 4 }), { name: "RangeError" });
});

withEngine(
  "fixed masks hold while a network trains, and what they do not name trains on",
  "native",
  async (runtime) => {
    const model = mlp({ sizes: [8, 16, 4] });
    const random = seededRandom(6);
    const data = {
      inputs: float32(Array.from({ length: 320 }, () => random.normal()), [40, 8]),
      targets: int64(Array.from({ length: 40 }, () => random.integer(4))),
    };
    const mask = (await nmMasks(model))["0.weight"]!;
    const own = { "0.weight": mask };
    const seen: unknown[] = [];
    const { model: trained, masks } = await fit(model, data, {
      epochs: 3,
      runtime,
      sparsify: fixedMasks(own),
      watch: { everySteps: 1, look: ({ masks }) => void seen.push(masks) },
    });
    assert.deepEqual(seen, [own, own, own]);
    assert.deepEqual(masks, own);
    assert.deepEqual(maskOfNonZeros(mask.dims, weightOf(trained, "0.weight").data as Float32Array), mask);
    const free = weightOf(trained, "2.weight").data as Float32Array;
    assert.ok(free.every((w, i) => w !== 0 && w !== weightOf(model, "2.weight").data[i]));
    // A checkpoint is of one run: other masks are another one.
    const other = { "0.weight": { ...mask, bits: mask.bits.toReversed() } };
    assert.notEqual(fixedMasks(own).name, fixedMasks(other).name);
  },
);
