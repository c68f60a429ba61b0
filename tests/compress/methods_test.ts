import assert from "node:assert/strict";
import { learnedLevels } from "../../lib/compress/methods/anyk.ts";
import type { Matrix, Target } from "../../lib/compress/methods/method.ts";
import { type MethodName, METHODS } from "../../lib/compress/methods/methods.ts";
import { compress, type CompressOptions } from "../../lib/compress/mod.ts";
import { outputSquares } from "../../lib/compress/numeric/output_squares.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { seededRandom } from "../../lib/random.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { COLUMNS, layer, target } from "./small_layer.ts";

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

Deno.test("methods: with ranges that shrink weights of few bits are nearer to what they were", async () => {
  for (const groupSize of [undefined, 16]) {
    const matrix = layer(6);
    const errors = [];
    for (const mse of [false, true]) {
      const { weight } = await METHODS.rtn.run(matrix, target({ bits: 3, groupSize, mse }));
      errors.push(weight.reduce((sum, value, i) => sum + Math.abs(value - matrix.weight[i]!) ** 2.4, 0));
    }
    assert.ok(errors[1]! < 0.97 * errors[0]!, `${groupSize}: ${errors}`);
  }
  const plain = await compress(mlp({ sizes: [16, 24] }), { method: "rtn", bits: 3 });
  const shrunk = await compress(mlp({ sizes: [16, 24] }), { method: "rtn", bits: 3, mse: true });
  const scales = ({ grids }: typeof plain) => grids["0.weight"]![0]!.scales;
  assert.ok(scales(shrunk).every((scale, i) => scale <= scales(plain)[i]!));
  assert.ok(scales(shrunk).some((scale, i) => scale < scales(plain)[i]!));
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
