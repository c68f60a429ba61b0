import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { limits, setLimits } from "../../lib/limits.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { prunedCount } from "../../lib/sparse/pruned_set.ts";
import { masksByMagnitude, maskWeights } from "../../lib/sparse/masks.ts";
import { keptCount, maskWithout } from "../../lib/sparse/mask_bits.ts";
import type { Mask } from "../../lib/train/weight_mask.ts";
import { decodeSparse, loadSparse } from "../../lib/sparse/pack/load_sparse.ts";
import { encodeSparse, saveSparse } from "../../lib/sparse/pack/save_sparse.ts";
import { storageBytes } from "../../lib/sparse/pack/sizes.ts";
import { type PackingName, PACKINGS } from "../../lib/sparse/pack/table.ts";

const sizes = [[1], [8], [3, 3], [2, 500], [1, 70_000], [12, 12, 3, 3], [0], [4, 0]];

/** A mask drawn by lot. */
function someMask(dims: readonly number[], density: number, seed: number): Mask {
  const random = seededRandom(seed);
  const size = dims.reduce((a, b) => a * b, 1);
  return maskWithout(dims, (drop) => {
    for (let i = 0; i < size; i++) if (random.uniform() >= density) drop(i);
  });
}

Deno.test("every packing gives back the mask it was given", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...sizes),
      fc.constantFrom(0, 0.01, 0.1, 0.5, 0.99, 1),
      fc.nat(1000),
      (dims, density, seed) => {
        const mask = someMask(dims, density, seed);
        for (const { name, encode, decode } of Object.values(PACKINGS)) {
          const packed = encode(mask);
          assert.ok(packed ?? name === "nm");
          if (packed) assert.deepEqual(decode(packed, dims), mask, `${name} of ${dims}`);
        }
      },
    ),
    { seed: 1 },
  );
});

Deno.test("sizes of packings are what their formulas say", () => {
  const mask = someMask([64, 64, 3, 3], 0.1, 3);
  const kept = keptCount(mask);
  const bytes = (name: PackingName) => PACKINGS[name].encode(mask)!.bytes.length;
  assert.equal(bytes("bitmap"), 64 * 64 * 9 / 8);
  assert.equal(bytes("csr"), 4 * 65 + 2 * kept);
  // Two of four: one bit per weight, nine with a half.
  const pattern = maskWithout([40], (drop) => {
    for (let i = 0; i < 40; i += 4) [drop(i + 2 - 2 * ((i / 4) % 2)), drop(i + 3)];
  });
  assert.deepEqual(PACKINGS.nm.encode(pattern), {
    bytes: PACKINGS.nm.encode(pattern)!.bytes,
    numbers: [2, 4],
  });
  assert.equal(PACKINGS.nm.encode(pattern)!.bytes.length, 5);
  // Rice's code is within 2 % of the least for weights kept by lot, at the densities of the paper.
  for (const [density, k] of [[0.1, 3], [0.05, 4], [0.01, 6]] as const) {
    const large = someMask([512, 2304], density, 4);
    const { bytes: { length }, numbers } = PACKINGS.rice.encode(large)!;
    const p = keptCount(large) / (512 * 2304);
    const least = 512 * 2304 * (-p * Math.log2(p) - (1 - p) * Math.log2(1 - p)) / 8;
    assert.equal(numbers[0], k);
    assert.ok(length > least && length < 1.02 * least, `${length} bytes, the least is ${least}`);
  }
});

Deno.test("formulas give the sizes that were published for EDSR-baseline x4", () => {
  // Outputs and inputs of its 37 convolutions of 3×3.
  const convolutions = [[64, 3], ...Array.from({ length: 33 }, () => [64, 64]), [256, 64], [256, 64], [
    3,
    64,
  ]];
  const kilobytes = (p: number) => {
    const layers = convolutions.map(([rows, inputs]) => {
      const size = rows! * inputs! * 9;
      return { size, rows: rows!, kept: size - prunedCount(size, p) };
    });
    return Object.values(storageBytes(layers, 2691)).map((bytes) => Math.round(bytes / 1000));
  };
  // dense f32, dense f16, COO, CSR+f32, CSR+f16, bitmap+f16, entropy+f16, entropy+int8
  assert.deepEqual(kilobytes(0.9), [6070, 3035, 1223, 931, 622, 498, 397, 246]);
  assert.deepEqual(kilobytes(0.95), [6070, 3035, 617, 476, 319, 346, 211, 135]);
  assert.deepEqual(kilobytes(0.99), [6070, 3035, 132, 112, 77, 225, 51, 36]);
});

function sparse(model: Model, sparsity: number, pattern?: { n: number; m: number }) {
  const layers = [...model.graph.initializers].filter(([, { dims }]) => dims.length > 1).map((
    [name, tensor],
  ) => ({
    name,
    dims: tensor.dims,
    weights: (tensor as Tensor).data as Float32Array,
  }));
  const masks = masksByMagnitude(layers, pattern ? { pattern } : { sparsity });
  return { masks, model: maskWeights(model, masks) };
}

Deno.test("a sparse file loads back to the same model, bit for bit, by every packing", async () => {
  const { model, masks } = sparse(resnetCifar({ depth: 20, widths: [8, 8, 16] }), 0.9);
  const whole = model.toOnnx();
  const lengths: Record<string, number> = {};
  for (const packing of [undefined, "bitmap", "csr", "rice"] as const) {
    const bytes = encodeSparse(model, { masks, ...packing && { packing } });
    const again = decodeSparse(bytes);
    assert.deepEqual(again.model.toOnnx(), whole);
    assert.deepEqual(again.masks, masks);
    lengths[packing ?? "shortest"] = bytes.length;
  }
  assert.ok(
    lengths.shortest! <= lengths.rice! && lengths.rice! < lengths.csr! && lengths.csr! < whole.length / 2,
  );

  const { model: regular, masks: pattern } = sparse(mlp({ sizes: [8, 40, 8] }), 0, { n: 1, m: 4 });
  const again = decodeSparse(encodeSparse(regular, { masks: pattern, packing: "nm" }));
  assert.deepEqual(again.model.toOnnx(), regular.toOnnx());
  assert.deepEqual(again.masks, pattern);

  // Without masks, what is not zero is stored; a dense model, too.
  for (const dense of [model, mlp({ sizes: [3, 4] })]) {
    assert.deepEqual(decodeSparse(encodeSparse(dense)).model.toOnnx(), dense.toOnnx());
  }
  const folder = await Deno.makeTempDir();
  try {
    await saveSparse(model, `${folder}/a.safetensors`);
    assert.deepEqual((await loadSparse(`${folder}/a.safetensors`)).model.toOnnx(), whole);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["a.safetensors"]);
    for (const name of ["x.onnx", "x.pth", "x"]) {
      await assert.rejects(
        saveSparse(model, `${folder}/${name}`),
        /^RangeError: Cannot save a sparse model as .*: expected a name in .safetensors, such as .*x.safetensors; /,
      );
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("one weight among many is a file that loads, up to what may be unpacked", () => {
  const model = mlp({ sizes: [1500, 1500] });
  const masks = {
    "0.weight": maskWithout([1500, 1500], (drop) => {
      for (let i = 0; i < 1500 ** 2; i++) if (i !== 1_234_567) drop(i);
    }),
  };
  const single = maskWeights(model, masks);
  const initializers = new Map(single.graph.initializers);
  initializers.set("0.bias", float32(new Float32Array(1500), [1500]));
  const sparser = single.withGraph({ ...single.graph, initializers });
  const bytes = encodeSparse(sparser, { masks });
  assert.ok(bytes.length < 2000);
  assert.deepEqual(decodeSparse(bytes).masks, masks);
  assert.deepEqual(decodeSparse(bytes).model.toOnnx(), sparser.toOnnx());
  const { unpackedBytes } = limits();
  setLimits({ unpackedBytes: 4 * 1500 ** 2 - 1 });
  try {
    assert.throws(() => decodeSparse(bytes), {
      name: "SyntaxError",
      message: /2250000 weights, too many .*if it is meant, say setLimits\(\{ unpackedBytes/,
    });
  } finally {
    setLimits({ unpackedBytes });
  }
});

Deno.test("halves are rounded once, and compute nearly the same", async () => {
  const { model, masks } = sparse(mlp({ sizes: [8, 40, 8] }), 0.75);
  const bytes = encodeSparse(model, { masks, values: "float16" });
  const rounded = decodeSparse(bytes).model;
  for (const name of Object.keys(masks)) {
    const data = (of: Model) => (of.graph.initializers.get(name) as Tensor).data as Float32Array;
    assert.deepEqual(data(rounded), data(model).map(Math.f16round));
  }
  assert.deepEqual(encodeSparse(rounded, { masks, values: "float16" }), bytes);
  const input = float32(Array.from({ length: 8 }, (_, i) => i / 8), [1, 8]);
  const [a, b] = [await runModel(model, { input }), await runModel(rounded, { input })];
  const apart = (a.logits!.data as Float32Array).map((value, i) =>
    Math.abs(value - Number(b.logits!.data[i]))
  );
  assert.ok(Math.max(...apart) < 1e-3 && Math.max(...apart) > 0);
});

Deno.test("what cannot be saved is refused with a sentence", () => {
  const { model, masks } = sparse(mlp({ sizes: [8, 40, 8] }), 0.75);
  const refused: [() => unknown, RegExp][] = [
    [
      () => encodeSparse(mlp({ sizes: [8, 40, 8] }), { masks }),
      /^TypeError: Cannot pack "0.weight": 240 of its weights are not zero, but its mask leaves them out; mask the model first$/,
    ],
    [
      () => encodeSparse(model, { masks: { nothing: masks["0.weight"]! } }),
      /^TypeError: .* its mask has shape \[40, 8\], the model has no/,
    ],
    [
      () => encodeSparse(model, { masks, packing: "nm" }),
      /^TypeError: Cannot pack "0.weight" by nm: its zeros have no such pattern/,
    ],
    [
      () => encodeSparse(model, { packing: "zip" as "nm" }),
      /^TypeError: Cannot pack by "zip": expected one of bitmap, csr, nm, rice$/,
    ],
    [
      () => encodeSparse(model, { values: "int8" as "float16" }),
      /^RangeError: Cannot save a sparse model with values "int8": expected "float32" or "float16"$/,
    ],
  ];
  for (const [save, message] of refused) assert.throws(save, message);
  const large = new Map(model.graph.initializers);
  large.set("0.weight", float32(Float32Array.of(70_000, -Infinity), [2]));
  const own = { masks: { "0.weight": maskWithout([2], () => {}) } };
  const odd = model.withGraph({ ...model.graph, initializers: large });
  assert.throws(
    () => encodeSparse(odd, { ...own, values: "float16" }),
    /^RangeError: Cannot pack "0.weight" with values float16: its weight 70000 is beyond 65504/,
  );
  encodeSparse(odd, own);
});
