import assert from "node:assert/strict";
import { squaredSingularValues, tailExponent } from "../../lib/compress/allocation/alpha_sparsities.ts";
import { eigenvalues } from "../../lib/compress/numeric/eigenvalues.ts";
import { learnedLevels } from "../../lib/compress/methods/anyk.ts";
import type { Matrix, Target } from "../../lib/compress/methods/method.ts";
import { type MethodName, METHODS } from "../../lib/compress/methods/methods.ts";
import { alphaSparsities, compress, type CompressOptions } from "../../lib/compress/mod.ts";
import { smallestOfAll } from "../../lib/compress/numeric/smallest.ts";
import { outputSquares } from "../../lib/compress/numeric/output_squares.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { transpose } from "../../lib/compress/numeric/transpose.ts";
import { seededRandom } from "../../lib/random.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { productsOn } from "../../lib/compress/numeric/products.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { assertClose } from "../close.ts";

const COLUMNS = 48;

/** A layer with inputs that hang together, some of them large, and weights that are not all alike. */
function layer(seed: number, rows = 10): Matrix {
  const random = seededRandom(seed, "layer");
  const gram = new Float64Array(COLUMNS * COLUMNS);
  const absolute = new Float64Array(COLUMNS);
  const sizes = Array.from({ length: COLUMNS }, () => Math.exp(random.normal(0, 1.2)));
  const tokens = 200;
  for (let t = 0; t < tokens; t++) {
    let last = 0;
    const x = sizes.map((size) => size * (last = 0.7 * last + random.normal()));
    for (let i = 0; i < COLUMNS; i++) {
      absolute[i]! += Math.abs(x[i]!);
      for (let j = 0; j < COLUMNS; j++) gram[i * COLUMNS + j]! += x[i]! * x[j]!;
    }
  }
  const weight = Float64Array.from({ length: rows * COLUMNS }, () => random.normal() ** 3);
  return {
    name: "up.weight",
    weight,
    rows,
    columns: COLUMNS,
    inputs: { gram, absolute, cross: gram, tokens, sequences: 4 },
  };
}

const target = (settings: Partial<Target>): Target => ({
  sparsity: 0,
  nm: undefined,
  bits: undefined,
  groupSize: undefined,
  symmetric: false,
  damping: 0.01,
  blockSize: 16,
  referenceCompatible: false,
  ...settings,
});

/** What a method loses in a layer's output, relative to the output. */
async function lossOf(method: MethodName, matrix: Matrix, settings: Target): Promise<number> {
  const { weight } = await METHODS[method].run(matrix, settings);
  const { gram } = matrix.inputs!;
  const change = matrix.weight.map((value, i) => value - weight[i]!);
  return await outputSquares(change, gram, COLUMNS) / await outputSquares(matrix.weight, gram, COLUMNS);
}

Deno.test("methods: those that look at inputs lose less than those that do not", async () => {
  for (const bits of [3, 4]) {
    for (const groupSize of [undefined, 16]) {
      for (const seed of [1, 2, 3]) {
        const matrix = layer(seed);
        const settings = target({ bits, groupSize });
        const rtn = await lossOf("rtn", matrix, settings);
        for (const method of ["gptq", "awq", "anyk"] as const) {
          const own = await lossOf(method, matrix, settings);
          assert.ok(own < 0.8 * rtn, `${method} ${bits} ${groupSize}: ${own} beside ${rtn}`);
        }
      }
    }
  }
  for (const sparsity of [0.3, 0.6]) {
    const settings = target({ sparsity });
    const [magnitude, wanda, sparsegpt] = await Promise.all(
      (["magnitude", "wanda", "sparsegpt"] as const)
        .map((method) => lossOf(method, layer(4), settings)),
    );
    assert.ok(wanda! < magnitude! && sparsegpt! < wanda!);
  }
});

Deno.test("methods: of the same inputs before and now, GPTAQ is GPTQ", async () => {
  const settings = target({ bits: 4 });
  const matrix = layer(5);
  const [one, other] = [await METHODS.gptaq.run(matrix, settings), await METHODS.gptq.run(matrix, settings)];
  assert.deepEqual(one.weight, other.weight);
});

Deno.test("awq: layers with the same inputs have the same scales, and each is on its grid behind them", async () => {
  const group = [1, 2].map((seed) => ({
    matrix: { ...layer(1), weight: layer(seed).weight },
    target: target({ bits: 4, groupSize: 16 }),
  }));
  const scales = await METHODS.awq.together!(group);
  for (const { matrix, target } of group) {
    const { weight, grid } = await METHODS.awq.run(matrix, target, scales);
    assert.equal(grid!.inputScales, scales);
    weight.forEach((value, i) => {
      const at = Math.floor(i / COLUMNS) * grid!.groups + Math.floor(i % COLUMNS / 16);
      const level = value * scales[i % COLUMNS]! / grid!.scales[at]! + grid!.zeros[at]!;
      assert.ok(Math.abs(level - Math.round(level)) < 1e-9 && level > -0.1 && level < 15.1);
    });
  }
  const random = seededRandom(2, "x");
  const calibration = Array.from({ length: 8 }, () => ({
    input: float32(Array.from({ length: 8 * 16 }, () => random.normal()), [8, 16]),
  }));
  const { layers, grids } = await compress(mlp({ sizes: [16, 24, 4] }), {
    method: "awq",
    bits: 4,
    calibration,
  });
  assert.ok(layers.every(({ relativeLoss }) => relativeLoss! > 0 && relativeLoss! < 0.02));
  assert.equal(grids["2.weight"]![0]!.inputScales!.length, 24);
});

Deno.test("gptaq: the network's answers are nearer to what they were than with GPTQ", async () => {
  const random = seededRandom(9, "x");
  const rows = 600;
  const input = float32(Array.from({ length: rows * 16 }, () => random.normal()), [rows, 16]);
  const model = mlp({ sizes: [16, 32, 32, 8] });
  const before = (await runModel(model, { input })).logits!.data as Float32Array;
  const errors = [];
  for (const method of ["gptq", "gptaq"] as const) {
    const options: CompressOptions = { method, bits: 3, calibration: [{ input }], order: "layers" };
    const { model: after } = await compress(model, options);
    const found = (await runModel(after, { input })).logits!.data as Float32Array;
    errors.push(found.reduce((sum, value, i) => sum + (value - before[i]!) ** 2, 0));
  }
  assert.ok(errors[1]! < 0.9 * errors[0]!, errors.join(" "));
});

Deno.test("anyk: learned levels are the best there are for few numbers, and no worse than those they began with", () => {
  const values = Float64Array.of(0, 0.1, 3, 3.2, 3.1, 7);
  const levels = learnedLevels(values, Float64Array.of(1, 1, 1, 1, 2, 5), 8);
  const found = (value: number) => levels.some((level) => Math.abs(level - value) < 1e-9);
  assert.ok(found(0.05) && found(3.1) && found(7));
  const random = seededRandom(1, "values");
  const many = Float64Array.from({ length: 300 }, () => random.uniform(0, 7));
  const weights = many.map(() => random.uniform());
  const error = (levels: ArrayLike<number>) =>
    many.reduce((sum, value, i) => {
      const near = Math.min(...Array.from(levels, (level) => Math.abs(level - value)));
      return sum + weights[i]! * near ** 2;
    }, 0);
  assert.ok(error(learnedLevels(many, weights, 8)) < error([0, 1, 2, 3, 4, 5, 6, 7]));
});

Deno.test("eigenvalues: of a matrix that is known, and of drawn ones by their powers' traces", () => {
  // The second difference of n points: 2 − 2 cos(kπ/(n + 1)).
  const n = 30;
  const second = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    second[i * n + i] = 2;
    if (i > 0) second[i * n + i - 1] = second[(i - 1) * n + i] = -1;
  }
  const expected = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos((k + 1) * Math.PI / (n + 1)));
  assertClose([...eigenvalues(second, n)], expected, { absolute: 1e-12, relative: 1e-10 });
  const random = seededRandom(1, "matrix");
  for (const [rows, columns] of [[1, 4], [7, 7], [40, 9], [9, 40]] as const) {
    const weight = Float64Array.from({ length: rows * columns }, () => random.normal());
    const values = squaredSingularValues(weight, rows, columns);
    assert.equal(values.length, Math.min(rows, columns));
    let [trace, square] = [0, 0];
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < rows; j++) {
        let dot = 0;
        for (let k = 0; k < columns; k++) dot += weight[i * columns + k]! * weight[j * columns + k]!;
        square += dot * dot;
        if (i === j) trace += dot;
      }
    }
    assertClose([values.reduce((a, b) => a + b)], [trace], { absolute: 0, relative: 1e-10 });
    assertClose([values.reduce((a, b) => a + b * b, 0)], [square], { absolute: 0, relative: 1e-10 });
  }
});

Deno.test("alphaSparsities: a power law's exponent is found, and the mean sparsity is as asked", () => {
  const n = 4000;
  // Quantiles of a density proportional to x^−α from 1 on.
  for (const alpha of [2.2, 3.5]) {
    const values = Float64Array.from({ length: n }, (_, i) => (1 - (i + 0.5) / n) ** (1 / (1 - alpha)));
    assert.ok(Math.abs(tailExponent(values) - alpha) < 0.1, `${tailExponent(values)}`);
  }
  const sizes = [30, 60, 50, 40, 10];
  for (const sparsity of [0, 0.5, 0.9]) {
    const found = alphaSparsities(mlp({ sizes, seed: 3 }), sparsity, { epsilon: 0.3 });
    const weights = Object.keys(found).map((_, i) => sizes[i]! * sizes[i + 1]!);
    const gone = Object.values(found).reduce((sum, own, i) => sum + own * weights[i]!, 0);
    assertClose([gone / weights.reduce((a, b) => a + b)], [sparsity], { absolute: 1e-12, relative: 1e-12 });
    assert.ok(Math.max(...Object.values(found)) <= 0.99);
    if (sparsity > 0) assert.ok(Math.max(...Object.values(found)) > Math.min(...Object.values(found)) + 0.05);
  }
  assert.throws(() => alphaSparsities(mlp({ sizes }), 1), /Cannot spread a sparsity of 1/);
});

Deno.test("a sweep's own loss is that of its result, and large products in float32 change little", async () => {
  const runtime = await openRuntime();
  const engine = productsOn(runtime);
  const products = { ...engine, isWorth: (steps: number) => steps > 1000 };
  try {
    for (const [seed, settings] of [[1, { sparsity: 0.5 }], [2, { bits: 3 }]] as const) {
      const matrix = layer(seed, 40);
      // More columns than a block of the factor: 300, of a Gram matrix of full rank.
      const wide = tiled(matrix, 300);
      for (const each of [matrix, wide]) {
        for (const method of ["sparsegpt", "gptq"] as const) {
          if (method === "gptq" && !("bits" in settings)) continue;
          const options = target({ ...settings, blockSize: 32 });
          const exact = await METHODS[method].run(each, options);
          const change = each.weight.map((value, i) => value - exact.weight[i]!);
          const loss = await outputSquares(change, each.inputs!.gram, each.columns) / each.inputs!.sequences;
          assertClose([exact.loss!], [loss], { absolute: 0, relative: 1e-7 });
          const fast = await METHODS[method].run({ ...each, products }, options);
          assertClose([fast.loss!], [loss], { absolute: 0, relative: 1e-3 });
          const differ = fast.weight.filter((value, i) => Math.abs(value - exact.weight[i]!) > 1e-2).length;
          assert.ok(differ <= each.weight.length / 500, `${differ} of ${each.weight.length}`);
        }
      }
    }
  } finally {
    await engine.close();
    await runtime.close();
  }
});

/** A layer whose inputs are those of another, several times over, with noise of their own. */
function tiled({ weight, rows, columns, inputs, name }: Matrix, wide: number): Matrix {
  const random = seededRandom(7, "noise");
  const gram = new Float64Array(wide * wide);
  for (let i = 0; i < wide; i++) {
    for (let j = 0; j < wide; j++) gram[i * wide + j] = inputs!.gram[i % columns * columns + j % columns]!;
  }
  for (let i = 0; i < wide; i++) gram[i * (wide + 1)]! *= 1 + random.uniform(0.2, 0.5);
  return {
    name,
    rows,
    columns: wide,
    weight: Float64Array.from(
      { length: rows * wide },
      (_, i) => weight[i % weight.length]! * random.normal(),
    ),
    inputs: { ...inputs!, gram, absolute: new Float64Array(wide).fill(1) },
  };
}

Deno.test("smallestOfAll: those that sorting finds, of equal ones the first, or all of them", () => {
  const random = seededRandom(4, "scores");
  for (const length of [1, 2, 7, 100, 1001]) {
    for (const different of [1, 3, 1e6]) {
      const scores = Float64Array.from({ length }, () => Math.floor(random.uniform(0, different)));
      const order = Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]! || a - b);
      for (const part of [0, 0.3, 0.5, 0.99]) {
        const expected = new Uint8Array(length);
        for (const i of order.slice(0, Math.round(length * part))) expected[i] = 1;
        assert.deepEqual(smallestOfAll(scores, part, false), expected);
        const threshold = scores[order[Math.min(Math.floor(length * part), length - 1)]!]!;
        assert.deepEqual(
          smallestOfAll(scores, part, true),
          Uint8Array.from(scores, (score) => Number(score <= threshold)),
        );
      }
    }
  }
});

Deno.test("transpose: every number in its place, in arrays of each kind, across tiles", () => {
  for (const [rows, columns] of [[0, 3], [1, 5], [33, 70], [64, 32]] as const) {
    for (const kind of [Float64Array, Float32Array, Uint8Array]) {
      const matrix = kind.from(Array.from({ length: rows * columns }, (_, i) => i % 251));
      const found = transpose(matrix, rows, columns);
      const expected = Array.from(
        { length: columns },
        (_, j) => Array.from({ length: rows }, (_, i) => matrix[i * columns + j]!),
      ).flat();
      assert.deepEqual(found, kind.from(expected));
    }
  }
});
