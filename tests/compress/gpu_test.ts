import assert from "node:assert/strict";
import { type Gpu, openGpu } from "../../kernels/webgpu/core/gpu.ts";
import type { Matrix, Target } from "../../lib/compress/methods/method.ts";
import { type MethodName, METHODS } from "../../lib/compress/methods/methods.ts";
import { compress, type CompressOptions } from "../../lib/compress/mod.ts";
import { outputSquares } from "../../lib/compress/numeric/output_squares.ts";
import { conv2d } from "../../lib/nn/layers.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { silent } from "../../lib/progress.ts";
import { seededRandom } from "../../lib/random.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import type { WebgpuRuntime } from "../../lib/runtime/webgpu.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";
import { assertClose, ONE_SHOT_FLOAT32, REORDERED_FLOAT32 } from "../close.ts";
import { withGpu } from "../webgpu/with_gpu.ts";
import { COLUMNS, layer, target } from "./small_layer.ts";

/** A test on a GPU, all of whose buffers are given back. */
function onGpu(name: string, body: (gpu: Gpu) => Promise<void>): void {
  withGpu(`compress on a GPU: ${name}`, async (gpu) => {
    await body(gpu);
    assert.equal(gpu.counters().buffers, 0);
  });
}

const zerosOf = (weight: Float64Array) => Array.from(weight, (value) => Number(value === 0)).join("");

async function lossOf({ weight, inputs }: Matrix, found: Float64Array): Promise<number> {
  return await outputSquares(weight.map((value, i) => value - found[i]!), inputs!.gram, COLUMNS);
}

/** A layer in float32 as models store it, with an input that was never on. */
function stored(seed: number): Matrix {
  const { inputs, weight, ...matrix } = layer(seed, 70);
  for (let i = 0; i < COLUMNS; i++) inputs!.gram[5 * COLUMNS + i] = inputs!.gram[i * COLUMNS + 5] = 0;
  return { ...matrix, inputs, weight: Float64Array.from(Float32Array.from(weight)) };
}

const CASES: [MethodName, Partial<Target>][] = [
  ["sparsegpt", { sparsity: 0.5 }],
  ["sparsegpt", { sparsity: 0.3, referenceCompatible: true, blockSize: 128 }],
  ["sparsegpt", { pattern: { n: 2, m: 4 } }],
  ["sparsegpt", { sparsity: 0.5, bits: 4 }],
  ["sparsegpt", { sparsity: 0.5, bits: 4, groupSize: 12, blockSize: 24 }],
  ["sparsegpt", { pattern: { n: 1, m: 3 }, bits: 3, groupSize: 24, symmetric: true, blockSize: 24 }],
  ["gptq", { bits: 4 }],
  ["gptq", { bits: 3, symmetric: true }],
  ["gptq", { bits: 3, groupSize: 16, blockSize: 20 }],
  ["gptq", { bits: 4, groupSize: 20, blockSize: 128 }],
  ["gptq", { bits: 3, groupSize: 16, mse: true }],
  ["sparsegpt", { sparsity: 0.5, bits: 3, mse: true }],
  ["wanda", { sparsity: 0.6 }],
  ["wanda", { pattern: { n: 2, m: 8 } }],
  ["rtn", { bits: 4 }],
  ["rtn", { bits: 3, groupSize: 20 }],
  ["rtn", { bits: 8, groupSize: 100 }],
];

onGpu("each method comes to what it comes to on the CPU", async (gpu) => {
  for (const [method, settings] of CASES) {
    for (const seed of [1, 2]) {
      const what = `${method} ${JSON.stringify(settings)} ${seed}`;
      const matrix = stored(seed);
      const { passes } = gpu.counters();
      const there = await METHODS[method].onGpu!(gpu, matrix, target(settings));
      assert.ok(there && gpu.counters().passes > passes, `${what}: nothing ran there`);
      const here = await METHODS[method].run(matrix, target(settings));
      assert.equal(zerosOf(there.weight), zerosOf(here.weight), what);
      const losses = [await lossOf(matrix, there.weight), await lossOf(matrix, here.weight)] as const;
      assertClose([losses[0]], [losses[1]], ONE_SHOT_FLOAT32, what);
      assertClose(there.weight, here.weight, REORDERED_FLOAT32, what);
      assert.equal(there.damping, here.damping, what);
      assert.equal(there.grid?.groupSize, here.grid?.groupSize, what);
      if (!here.grid) continue;
      assertClose(there.grid!.scales, here.grid.scales, REORDERED_FLOAT32, what);
      assertClose(there.grid!.zeros, here.grid.zeros, { absolute: 0, relative: 0 }, what);
    }
  }
});

onGpu("what kernels cannot do is left to the CPU", async (gpu) => {
  const cases: [MethodName, Partial<Target>][] = [
    ["sparsegpt", { pattern: { n: 2, m: 5 } }],
    ["wanda", { pattern: { n: 20, m: 48 } }],
    ["rtn", { bits: 5 }],
    ["rtn", { bits: 4, mse: true }],
    ["rtn", { bits: 4, symmetric: true }],
  ];
  for (const [method, settings] of cases) {
    assert.equal(await METHODS[method].onGpu!(gpu, stored(1), target(settings)), undefined);
  }
});

onGpu("a Hessian that is not positive definite is damped as on the CPU", async (gpu) => {
  const matrix = stored(3);
  const { gram } = matrix.inputs!;
  for (let i = 0; i < 8; i++) gram[i * (COLUMNS + 1)]! *= 0.1; // no sum of squares any more
  const singular = [1, 2, 3, 4, 5].map((seed) => {
    const own = stored(seed);
    const { gram } = own.inputs!;
    for (let i = 0; i < COLUMNS; i++) gram[i * COLUMNS + 1] = gram[i * COLUMNS]!;
    gram.copyWithin(COLUMNS, 0, COLUMNS); // of two inputs that are one,
    gram[0]! *= 1 - 1e-9; // but for what float32 cannot tell
    return [own, 0] as const;
  });
  for (const [own, damping] of [[matrix, 0.01] as const, ...singular]) {
    const settings = target({ sparsity: 0.5, damping });
    const here = await METHODS.sparsegpt.run(own, settings);
    const there = await METHODS.sparsegpt.onGpu!(gpu, own, settings);
    assert.ok(here.damping! > damping);
    assert.equal(there!.damping, here.damping);
    assert.equal(zerosOf(there!.weight), zerosOf(here.weight));
  }
});

function records(seed: number, dims: readonly number[], count = 4): { input: Tensor }[] {
  const random = seededRandom(seed, "x");
  const size = dims.reduce((a, b) => a * b);
  return Array.from({ length: count }, () => ({
    input: float32(Float32Array.from({ length: size }, () => random.normal()), dims),
  }));
}

const numbersOf = (model: { graph: { initializers: ReadonlyMap<string, unknown> } }, name: string) =>
  (model.graph.initializers.get(name) as Tensor).data as Float32Array;

onGpu("a model comes to what it comes to without one, its sums by the kernel", async (gpu) => {
  const model = mlp({ sizes: [24, 40, 16] });
  const calibration = records(1, [30, 24]);
  for (
    const options of [
      { method: "sparsegpt", sparsity: 0.5 },
      { method: "gptq", bits: 4, groupSize: 8 },
      { method: "gptaq", bits: 4 },
      { method: "awq", bits: 4 },
      { method: "wanda", sparsity: 0.5, order: "layers" },
      { method: "rtn", bits: 4 },
      { method: "gptq", bits: 4, allocation: "calibrated" },
    ] satisfies CompressOptions[]
  ) {
    const { passes } = gpu.counters();
    const there = await compress(model, { ...options, calibration, gpu });
    assert.ok(gpu.counters().passes >= passes + 8, "a sum for each record and layer");
    const here = await compress(model, { ...options, calibration });
    for (const [i, { weight, loss, relativeLoss, sparsity, warnings }] of here.layers.entries()) {
      const own = there.layers[i]!;
      assert.deepEqual([own.weight, own.sparsity, own.warnings], [weight, sparsity, warnings]);
      assert.equal(own.bits, here.layers[i]!.bits);
      assertClose([own.loss!, own.relativeLoss!], [loss!, relativeLoss!], ONE_SHOT_FLOAT32, options.method);
      assertClose(numbersOf(there.model, weight), numbersOf(here.model, weight), REORDERED_FLOAT32);
    }
  }
});

onGpu("convolutions: one of groups is summed up by the engine, one without by the kernel", async (gpu) => {
  const g = new GraphBuilder("convolutions");
  const x = g.input("input", "float32", ["n", 4, 8, 8]);
  const first = conv2d(g, x, { name: "0", random: seededRandom(1, "0"), in: 4, out: 8, kernel: 3 });
  g.output(
    conv2d(g, first, { name: "1", random: seededRandom(1, "1"), in: 8, out: 8, kernel: 3, groups: 2 }),
    "y",
  );
  const options: CompressOptions = { sparsity: 0.5, calibration: records(2, [2, 4, 8, 8]) };
  const there = await compress(g.model(), { ...options, gpu });
  const here = await compress(g.model(), options);
  assert.equal(here.layers.length, 2);
  for (const { weight } of here.layers) {
    assertClose(numbersOf(there.model, weight), numbersOf(here.model, weight), REORDERED_FLOAT32);
  }
});

onGpu("calibration data that are not finite are told by their record", async (gpu) => {
  const bad = records(1, [4, 24]);
  (bad[2]!.input.data as Float32Array)[7] = NaN;
  const model = mlp({ sizes: [24, 8] });
  const options: CompressOptions = { sparsity: 0.5, gpu };
  await assert.rejects(compress(model, { ...options, calibration: bad }), /not finite on record 2/);
  const huge = records(1, [4, 24]);
  (huge[2]!.input.data as Float32Array)[7] = 1e30;
  await assert.rejects(compress(model, { ...options, calibration: huge }), /not finite where it is squared/);
});

onGpu("float64 is refused before anything is allocated", async (gpu) => {
  const options: CompressOptions = { bits: 3, allocation: "calibrated", precision: "float64", gpu };
  await assert.rejects(
    compress(mlp({ sizes: [24, 16] }), { ...options, calibration: records(1, [30, 24]) }),
    /Cannot compress in float64 on .*: its kernels compute in float32/,
  );
  assert.equal(gpu.counters().passes, 0);
});

onGpu("a run whose GPU is lost says so and goes on from its log", async (gpu) => {
  const model = mlp({ sizes: [24, 40, 16] });
  const options: CompressOptions = { sparsity: 0.5, calibration: records(1, [30, 24]) };
  const log = await Deno.makeTempDir();
  try {
    const lost = await openGpu();
    const step = async (done: number) => {
      if (done > 1) return;
      lost.device.destroy();
      await lost.device.lost;
    };
    await assert.rejects(
      compress(model, { ...options, gpu: lost, log, progress: { ...silent, step } }),
      /the GPU device was lost .*open another one/,
    );
    lost.close();
    const steps: number[] = [];
    const after = await compress(model, {
      ...options,
      gpu,
      log,
      progress: { ...silent, step: (done) => void steps.push(done) },
    });
    const whole = await compress(model, { ...options, gpu });
    assert.deepEqual(steps, [1, 2]);
    for (const { weight } of whole.layers) {
      assert.deepEqual(numbersOf(after.model, weight), numbersOf(whole.model, weight));
    }
  } finally {
    await Deno.remove(log, { recursive: true });
  }
});

onGpu("a runtime on WebGPU lends its own, and takes no other", async (gpu) => {
  const runtime = await openRuntime({ engine: "webgpu" }) as WebgpuRuntime;
  try {
    const model = mlp({ sizes: [24, 40, 16] });
    const options: CompressOptions = { sparsity: 0.5, calibration: records(1, [30, 24]), runtime };
    await assert.rejects(
      compress(model, { ...options, gpu }),
      /Cannot compress on two GPUs: the runtime has/,
    );
    const there = await compress(model, options);
    assert.ok(runtime.gpu.counters().passes > 8);
    assert.equal(runtime.gpu.counters().buffers, 0);
    const here = await compress(model, { ...options, runtime: undefined });
    for (const [i, { weight, loss }] of here.layers.entries()) {
      assertClose([there.layers[i]!.loss!], [loss!], ONE_SHOT_FLOAT32);
      assertClose(numbersOf(there.model, weight), numbersOf(here.model, weight), REORDERED_FLOAT32);
    }
  } finally {
    await runtime.close();
  }
});
