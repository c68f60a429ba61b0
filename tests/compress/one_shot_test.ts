import assert from "node:assert/strict";
import {
  compress,
  type CompressOptions,
  linearLayers,
  type MethodName,
  rehearse,
} from "../../lib/compress/mod.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { silent } from "../../lib/progress.ts";
import { seededRandom } from "../../lib/random.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";
import { floats } from "../../lib/tensor/arrays.ts";
import { assertClose, PRINTED_DIGITS, REORDERED_FLOAT64 } from "../close.ts";
import { PRUNED_LAYERS } from "../webgpu/cases/sparse_gpt_fixture.ts";
import { EXAMPLES, TOKENS, WEIGHT } from "../webgpu/cases/sparse_gpt_example.ts";

/** y = x · Wᵀ for x [sequences, tokens, columns]; the weight is stored as MatMul has it. */
function linear(weight: number[][], name = "weight"): Model {
  const [rows, columns] = [weight.length, weight[0]!.length];
  const g = new GraphBuilder("linear");
  const x = g.input("x", "float32", ["sequences", "tokens", columns]);
  const turned = Array.from({ length: columns }, (_, j) => weight.map((row) => row[j]!));
  g.output(g.matMul(x, g.parameter(name, float32(turned.flat(), [columns, rows]))), "y");
  return g.model();
}

/** The tokens of the example, in sequences and batches. */
const batches = (...sizes: [sequences: number, tokens: number][]) => {
  let at = 0;
  return sizes.map(([sequences, tokens]) => {
    const rows = TOKENS.slice(at, at += tokens);
    return { x: float32(rows.flat(), [sequences, tokens / sequences, 8]) };
  });
};

/** The weight as rows. */
function rowsOf(model: Model, rows: number, name = "weight"): number[] {
  const { data } = model.graph.initializers.get(name) as Tensor;
  const columns = data.length / rows;
  return Array.from(
    { length: data.length },
    (_, i) => Number(data[i % columns * rows + Math.floor(i / columns)]),
  );
}

/** Options of the kernel as `compress` has them. */
function ofKernel<T extends { nm?: CompressOptions["pattern"] }>({ nm, ...options }: T) {
  return { ...options, pattern: nm };
}

Deno.test("compress: the worked examples of SparseGPT, with their losses without damping", async () => {
  const undamped: Record<string, number> = { A: 17.029637, C: 13.966346 };
  for (const { name, options, weight } of EXAMPLES) {
    const { model, layers: [report] } = await compress(linear(WEIGHT), {
      method: "sparsegpt",
      ...ofKernel(options),
      calibration: batches([1, 12]),
      precision: "float64",
    });
    assertClose(rowsOf(model, 4), weight.flat(), PRINTED_DIGITS, name);
    assert.equal(report!.damping, 0.01);
    const expected = undamped[name[0]!];
    if (expected) assertClose([report!.loss!], [expected], PRINTED_DIGITS, name);
    const zeros = weight.flat().filter((value) => value === 0).length / 32;
    assert.equal(report!.sparsity, "sparsity" in options || "nm" in options ? zeros : undefined);
  }
});

Deno.test("compress: tokens count alike however they come in sequences and batches", async () => {
  const options: CompressOptions = { method: "sparsegpt", sparsity: 0.5 };
  const once = await compress(linear(WEIGHT), { ...options, calibration: batches([1, 12]) });
  const often = await compress(linear(WEIGHT), { ...options, calibration: batches([1, 4], [2, 6], [1, 2]) });
  assert.deepEqual(rowsOf(often.model, 4), rowsOf(once.model, 4));
  // H = 2/4 Σ x xᵀ in place of 2/1.
  assertClose([often.layers[0]!.loss! * 4], [once.layers[0]!.loss!], REORDERED_FLOAT64);
});

Deno.test("compress: Wanda's and magnitude's worked masks and errors", async () => {
  const cases: [CompressOptions, string, number][] = [
    [{ method: "wanda", sparsity: 0.5 }, "01101010 10010101 11010001 10111000", 28.75],
    [{ method: "wanda", pattern: { n: 2, m: 4 } }, "01101010 10010101 01011001 10101100", 21.25],
    [
      { method: "magnitude", sparsity: 0.5, referenceCompatible: true },
      "01101110 10010111 11010001 10111000",
      31.35,
    ],
  ];
  for (const [options, mask, error] of cases) {
    const { model, layers } = await compress(linear(WEIGHT), { ...options, calibration: batches([1, 12]) });
    const found = rowsOf(model, 4).map((value) => Number(value === 0)).join("");
    assert.equal(found.match(/.{8}/g)!.join(" "), mask);
    assertClose([layers[0]!.loss!], [error], { absolute: 1e-5, relative: 0 });
  }
});

Deno.test("compress: SparseGPT as PyTorch computes it in float64, on inputs with the same Hessian", async () => {
  let seen = 0;
  for (const { name, rows, columns, options, weight, hessian, pruned } of PRUNED_LAYERS) {
    const inputs = rootOf(hessian, columns); // H = 2 Σ x xᵀ of as many tokens as columns
    if (!inputs) continue;
    const { model } = await compress(
      linear(Array.from({ length: rows }, (_, i) => weight.slice(i * columns, (i + 1) * columns))),
      {
        method: "sparsegpt",
        ...ofKernel(options),
        calibration: [{ x: float32(inputs, [1, columns, columns]) }],
        precision: "float64",
      },
    );
    assertClose(rowsOf(model, rows), pruned, { absolute: 1e-4, relative: 1e-4 }, name);
    seen++;
  }
  assert.ok(seen >= 5, `${seen} of ${PRUNED_LAYERS.length}`);
});

/** Rows x with 2 Σ x xᵀ = H, by Cholesky; undefined where H is singular. */
function rootOf(hessian: readonly number[], n: number): number[] | undefined {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = hessian[i * n + j]! / 2;
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      if (i === j && !(sum > 1e-6)) return undefined;
      l[i * n + j] = i === j ? Math.sqrt(sum) : sum / l[j * n + j]!;
    }
  }
  return Array.from({ length: n * n }, (_, at) => l[at % n * n + Math.floor(at / n)]!); // row t is column t of L
}

/** A network of a convolution in two groups, and two layers behind it that share their input. */
function network(): Model {
  const random = seededRandom(5, "weights");
  const g = new GraphBuilder("network");
  const draw = (name: string, dims: number[]) =>
    g.parameter(
      name,
      float32(Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.uniform() - 0.5), dims),
    );
  const x = g.input("x", "float32", ["n", 4, 5, 5]);
  const conv = g.node("Conv", [x, draw("conv.1.weight", [6, 2, 3, 3])], {
    group: 2,
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  });
  const flat = g.reshape(g.relu(conv[0]!), [-1, 54]);
  const one = g.gemm(flat, draw("head.2.weight", [7, 54]), undefined, { transB: 1 });
  const other = g.matMul(flat, draw("head.3.weight", [54, 5]));
  g.output(g.concat([one, other], 1), "y");
  return g.model();
}

const pictures = (count: number) => {
  const random = seededRandom(6, "pictures");
  return Array.from({ length: count }, () => ({
    x: float32(Array.from({ length: 2 * 4 * 25 }, () => random.uniform() * 2 - 1), [2, 4, 5, 5]),
  }));
};

Deno.test("linearLayers: how each lies, which share an input, and which are none", () => {
  const found = linearLayers(network()).map(({ node: _, ...layer }) => layer);
  assert.deepEqual(
    found.map(({ weight, rows, columns, groups, transposed, block }) =>
      [weight, rows, columns, groups, transposed, block].join(" ")
    ),
    [
      "conv.1.weight 6 18 2 false conv.1",
      "head.2.weight 7 54 1 false head.2",
      "head.3.weight 5 54 1 true head.3",
    ],
  );
  assert.equal(found[1]!.shares, found[2]!.shares);
  const g = new GraphBuilder("tied");
  const table = g.parameter("table", float32(new Array(12).fill(1), [3, 4]));
  const ids = g.input("ids", "int64", ["n"]);
  g.output(g.gemm(g.gather(table, ids), table, undefined, { transB: 1 }), "logits");
  assert.deepEqual(linearLayers(g.model()), []);
});

Deno.test("compress: a grouped convolution's loss is the mean square of what its output changes by", async () => {
  const before = network();
  const calibration = pictures(3);
  const { model, layers } = await compress(before, {
    method: "sparsegpt",
    sparsity: 0.5,
    calibration,
    layers: (name) => name.startsWith("conv"),
  });
  assert.equal(layers[0]!.sparsity, 0.5);
  let sum = 0;
  const weights = [before, model].map(({ graph }) =>
    (graph.initializers.get("conv.1.weight") as Tensor).data
  );
  for (const { x } of calibration) sum += squares(x.data as Float32Array, weights as Float32Array[]);
  assertClose([layers[0]!.loss!], [sum / 6], { absolute: 0, relative: 1e-5 });
});

Deno.test("compress: of many small groups as many weights go as were asked for of the whole", async () => {
  const random = seededRandom(9, "depthwise");
  const draw = (dims: number[]) =>
    float32(Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()), dims);
  const g = new GraphBuilder("depthwise");
  const weight = draw([16, 1, 3, 3]);
  const x = g.input("x", "float32", ["n", 16, 6, 6]);
  g.output(g.node("Conv", [x, g.parameter("weight", weight)], { group: 16 })[0]!, "y");
  const calibration = [{ x: draw([4, 16, 6, 6]) }];
  for (const sparsity of [0.05, 0.3, 0.5, 0.9]) {
    const zeros = async (method: MethodName) => {
      const { model } = await compress(g.model(), { method, sparsity, calibration });
      const after = floats(model.graph.initializers.get("weight") as Tensor);
      return Array.from(after, (value) => Number(value === 0));
    };
    const count = Math.round(144 * sparsity);
    const [magnitude, sparsegpt] = [await zeros("magnitude"), await zeros("sparsegpt")];
    const sizes = Array.from(floats(weight), Math.abs);
    const largest = sizes.toSorted((a, b) => a - b)[count - 1]!;
    assert.deepEqual(magnitude, sizes.map((size) => Number(size <= largest)), `${sparsity}`);
    assert.equal(sparsegpt.reduce((sum, gone) => sum + gone), count, `${sparsity}`);
    for (let group = 0; group < 16; group++) {
      const own = sparsegpt.slice(group * 9, (group + 1) * 9).reduce((sum, gone) => sum + gone);
      assert.ok(Math.abs(own - 9 * sparsity) < 1, `group ${group} at ${sparsity}: ${own}`);
    }
  }
});

/** Σ of squares of what a change of the convolution's weight changes, by its definition. */
function squares(x: Float32Array, [one, other]: Float32Array[]): number {
  let sum = 0;
  for (let n = 0; n < 2; n++) {
    for (let out = 0; out < 6; out++) {
      for (let place = 0; place < 9; place++) {
        const [top, left] = [Math.floor(place / 3) * 2 - 1, place % 3 * 2 - 1];
        let value = 0;
        for (let i = 0; i < 18; i++) {
          const [row, column] = [top + Math.floor(i % 9 / 3), left + i % 3];
          if (row < 0 || row > 4 || column < 0 || column > 4) continue;
          const channel = Math.floor(out / 3) * 2 + Math.floor(i / 9);
          value += (one![out * 18 + i]! - other![out * 18 + i]!) *
            x[((n * 4 + channel) * 5 + row) * 5 + column]!;
        }
        sum += value * value;
      }
    }
  }
  return sum;
}

Deno.test("compress: GPTQ's groups lie on grids of their own, and lose less than rounding", async () => {
  const calibration = pictures(20);
  for (const groupSize of [undefined, 16, 27]) {
    for (const symmetric of [false, true]) {
      const results = [];
      for (const method of ["rtn", "gptq"] as const) {
        const result = await compress(network(), { method, bits: 3, groupSize, symmetric, calibration });
        results.push(result.layers);
        const [grid] = result.grids["head.2.weight"]!;
        assert.equal(grid!.groups, Math.ceil(54 / (groupSize ?? 54)));
        const data = (result.model.graph.initializers.get("head.2.weight") as Tensor).data as Float32Array;
        data.forEach((value, i) => {
          const at = Math.floor(i / 54) * grid!.groups + Math.floor(i % 54 / grid!.groupSize);
          const level = value / grid!.scales[at]! + grid!.zeros[at]!;
          assert.ok(
            Math.abs(level - Math.round(level)) < 1e-4 && level > -0.1 && level < 7.1,
            `${method} ${level}`,
          );
        });
      }
      const [rtn, gptq] = results;
      // Pictures of noise have nothing to make up with; what a ReLU gives behind a convolution has.
      rtn!.slice(1).forEach(({ loss }, i) => assert.ok(gptq![i + 1]!.loss! < loss! / 1.5));
    }
  }
});

Deno.test("compress: dead inputs, few tokens and Hessians without rank are told, not hidden", async () => {
  const random = seededRandom(3, "few");
  const row = Array.from({ length: 8 }, (_, j) => j === 5 ? 0 : random.uniform() - 0.5);
  const { model, layers: [report] } = await compress(linear(WEIGHT), {
    method: "gptq",
    bits: 4,
    damping: 0,
    calibration: [{ x: float32([...row, ...row], [1, 2, 8]) }],
  });
  assert.equal(report!.deadInputs, 1);
  assert.ok(rowsOf(model, 4).every((value, i) => Number.isFinite(value) && (i % 8 !== 5 || value === 0)));
  assert.ok(report!.damping! > 0);
  assert.match(report!.warnings[0]!, /not positive definite with damping 0: it took /);
  assert.match(report!.warnings[1]!, /2 calibration tokens for 8 inputs/);
});

Deno.test("compress: what cannot be done is refused in a sentence", async () => {
  const calibration = batches([1, 12]);
  const cases: [Partial<CompressOptions>, RegExp][] = [
    [
      { method: "wonder" as never },
      /RangeError: Cannot compress by "wonder": expected one of "magnitude", "wanda"/,
    ],
    [{ bits: 3 }, /TypeError: Cannot compress by "wanda": it does not round weights/],
    [{ method: "gptq", sparsity: 0.5 }, /TypeError: Cannot compress by "gptq": it sets no weights to zero/],
    [{}, /TypeError: Cannot compress by "wanda": it was not told how far/],
    [{ sparsity: 1 }, /RangeError: Cannot compress with sparsity 1: expected a number from 0, below 1/],
    [{ sparsity: 0.5, pattern: { n: 2, m: 4 } }, /a sparsity or a pattern, not both/],
    [{ pattern: { n: 5, m: 4 } }, /Cannot compress to 5:4/],
    [{ sparsity: { other: 0.5 } }, /Cannot compress "other": the model has no such linear layer, but weight/],
    [{ sparsity: 0.5, layers: () => false }, /none of the model's 1 linear layers was chosen/],
    [{ sparsity: 0.5, calibration: [] }, /Cannot compress by "wanda" without calibration data/],
    [
      { sparsity: 0.5, seed: 1 },
      /TypeError: Cannot compress with seed: it is of no use without an allocation of/,
    ],
    [
      { sparsity: 0.5, held: calibration },
      /TypeError: Cannot compress with held: it is of no use without an/,
    ],
    [{ sparsity: 0.5, held: calibration, allocation: "alpha" }, /Cannot compress with held: it is of no use/],
    [{ sparsity: 0.5, calibration: [...calibration, {}] }, /record 1 \(from 0\) has no "x"/],
    [{ sparsity: 0.5, calibration: [{ z: calibration[0]!.x }] }, /record 0 \(from 0\) has no "x"/],
    [
      { sparsity: 0.5, calibration: [...calibration, { x: float32(new Array(16).fill(NaN), [1, 2, 8]) }] },
      /RangeError: Cannot calibrate: what goes into weight is not finite on record 1/,
    ],
  ];
  const spoiled = linear([[1, NaN], [2, 3]]);
  await assert.rejects(
    compress(spoiled, { method: "magnitude", sparsity: 0.5 }),
    /RangeError: Cannot compress weight: it has weights that are not finite/,
  );
  await assert.rejects(
    rehearse(linear(WEIGHT), { method: "wanda", sparsity: 0.5, calibration, seed: 1 }),
    /TypeError: Cannot rehearse with seed/,
  );
  for (const [options, message] of cases) {
    await assert.rejects(compress(linear(WEIGHT), { method: "wanda", calibration, ...options }), (error) => {
      assert.match(String(error), message);
      return true;
    });
  }
});

Deno.test("compress: ended in any layer and begun again, it comes to the same", async () => {
  const options: CompressOptions = {
    method: "sparsegpt",
    sparsity: 0.4,
    bits: 4,
    calibration: pictures(4),
    order: "layers",
  };
  const whole = await compress(network(), options);
  for (const order of ["blocks", "layers"] as const) {
    for (const ended of [1, 2, 3]) {
      const log = await Deno.makeTempDir();
      try {
        const stop = new AbortController();
        const first = compress(network(), {
          ...options,
          order,
          log,
          signal: stop.signal,
          progress: {
            ...silent,
            step: (done) => done === ended ? stop.abort(new Error("enough")) : undefined,
          },
        });
        if (ended < 3) await assert.rejects(first, /enough/);
        else await first;
        const before = [...Deno.readDirSync(log)].length;
        assert.equal(before, ended);
        const times = await Promise.all(
          [...Deno.readDirSync(log)].map(({ name }) =>
            Deno.stat(`${log}/${name}`).then(({ mtime }) => [name, mtime])
          ),
        );
        const again = await compress(network(), { ...options, order, log });
        assert.deepEqual(again.layers, whole.layers);
        assert.deepEqual(again.grids, whole.grids);
        assert.deepEqual(again.model.toOnnx(), whole.model.toOnnx());
        assert.equal([...Deno.readDirSync(log)].length, 3);
        for (const [name, mtime] of times) {
          assert.deepEqual(
            (await Deno.stat(`${log}/${name}`)).mtime,
            mtime,
            "a layer that was done is not done again",
          );
        }
        // Other settings are another run.
        const other = await compress(network(), { ...options, order, log, sparsity: 0.5 });
        assert.notDeepEqual(other.layers, whole.layers);
        assert.equal([...Deno.readDirSync(log)].length, 6);
      } finally {
        await Deno.remove(log, { recursive: true });
      }
    }
  }
});

Deno.test("compress: a kept layer that was damaged is computed again, and its report says so", async () => {
  const log = await Deno.makeTempDir();
  try {
    const options = { method: "gptq", bits: 3, groupSize: 9, calibration: pictures(4), log } as const;
    const whole = await compress(network(), options);
    const [path] = [...Deno.readDirSync(log)].map(({ name }) => `${log}/${name}`).sort() as [string];
    const bytes = await Deno.readFile(path);
    const flipped = bytes.slice();
    flipped[bytes.length - 3]! ^= 1; // another number, in a file of the right form
    const text = new TextDecoder("latin1").decode(bytes);
    const unreadable = Uint8Array.from(text.replace('\\"grids\\"', '\\"grimes'), (c) => c.charCodeAt(0));
    const damages = [flipped, bytes.slice(0, -8), bytes.slice(0, 100), new Uint8Array(), unreadable];
    for (const [i, damage] of damages.entries()) {
      await Deno.writeFile(path, damage);
      const again = await compress(network(), options);
      assert.deepEqual(again.model.toOnnx(), whole.model.toOnnx(), `${i}`);
      assert.deepEqual(again.grids, whole.grids);
      const warnings = again.layers.flatMap(({ warnings }) => warnings);
      const known = whole.layers.flatMap(({ warnings }) => warnings);
      assert.equal(warnings.length, known.length + 1, `${i}`);
      assert.ok(warnings.some((warning) => /computed again: .*safetensors/.test(warning)), `${warnings}`);
      assert.deepEqual((await compress(network(), options)).layers, whole.layers);
    }
    assert.deepEqual(await Deno.readFile(path), bytes);
  } finally {
    await Deno.remove(log, { recursive: true });
  }
});

Deno.test("rehearse: what lies in memory, counted by hand", async () => {
  const calibration = pictures(7);
  const found = await rehearse(network(), { method: "sparsegpt", sparsity: 0.5, calibration });
  const [conv, one, other] = [6 * 18, 7 * 54, 5 * 54];
  assert.deepEqual([found.layers, found.stages, found.weights], [3, 3, conv + one + other]);
  const stored = network().graph.initializers.values().reduce(
    (sum, tensor) => sum + ((tensor as Tensor).data as Float32Array).byteLength,
    0,
  );
  assert.equal(found.bytes.model, stored + 4 * found.weights);
  // Behind the convolution its flattened output is carried: two pictures of 54 numbers a record.
  assert.equal(found.bytes.records, 7 * 2 * 54 * 4);
  assert.equal(found.bytes.statistics, 54 * 54 * 12);
  assert.equal(found.bytes.work, 4 * one + 8 * (5 * one + 4 * 54 ** 2));
  assert.ok(found.seconds > 0);
  const free = await rehearse(network(), { method: "rtn", bits: 4 });
  assert.deepEqual([free.bytes.records, free.bytes.statistics], [0, 0]);
  const allocated = { method: "rtn", bits: 3.5, allocation: "calibrated", calibration } as const;
  assert.equal((await rehearse(network(), allocated)).layers, 3);
  await assert.rejects(rehearse(network(), { method: "gptq", bits: 4 }), /without calibration data/);
});

Deno.test("compress: bits in the mean go where answers would suffer, and never above", async () => {
  const calibration = pictures(6);
  const random = seededRandom(8, "held");
  const held = [{ x: float32(Array.from({ length: 40 * 100 }, () => random.uniform(-1, 1)), [40, 4, 5, 5]) }];
  for (const bits of [2, 3.3, 4.5]) {
    const options = { method: "rtn", bits, calibration, held } as const;
    const { layers } = await compress(network(), { ...options, allocation: "calibrated" });
    const used = layers.reduce((sum, layer) => sum + layer.bits! * layer.rows * layer.columns, 0);
    const all = layers.reduce((sum, layer) => sum + layer.rows * layer.columns, 0);
    assert.ok(used <= bits * all && layers.every(({ sensitivity }) => sensitivity! > 0));
    assert.ok(bits === 2 || used > 2 * all);
  }
  const log = await Deno.makeTempDir();
  try {
    const options: CompressOptions = {
      method: "gptq",
      bits: 3.3,
      calibration,
      held,
      allocation: "calibrated",
      log,
    };
    const stop = new AbortController();
    const ended = compress(network(), {
      ...options,
      signal: stop.signal,
      progress: {
        ...silent,
        start: (title) => /^Compressing/.test(title) ? stop.abort(new Error("enough")) : undefined,
      },
    });
    await assert.rejects(ended, /enough/);
    const lines = await Deno.readTextFile(`${log}/sensitivities.jsonl`);
    const again = await compress(network(), options);
    assert.equal(await Deno.readTextFile(`${log}/sensitivities.jsonl`), lines, "nothing is measured twice");
    const { method: _, ...same } = { ...options, log: undefined };
    assert.deepEqual(again.layers, (await compress(network(), same)).layers, "gptq where bits are alone");
  } finally {
    await Deno.remove(log, { recursive: true });
  }
  const options = { method: "rtn", bits: 1.9, calibration, allocation: "calibrated" } as const;
  await assert.rejects(
    compress(network(), options),
    /Cannot allocate 1.9 bits a weight: the smallest width takes 2/,
  );
  await assert.rejects(
    compress(network(), { ...options, bits: { "conv.1.weight": 3 } }),
    /bits for each layer/,
  );
  const odd = { ...options, bits: 3, allocation: "best" as never };
  await assert.rejects(compress(network(), odd), /Cannot allocate by "best": expected one of "calibrated"/);
  const alpha = await compress(network(), { method: "magnitude", sparsity: 0.5, allocation: "alpha" });
  assert.ok(new Set(alpha.layers.map(({ sparsity }) => sparsity!.toFixed(2))).size > 1);
  await assert.rejects(
    compress(network(), { method: "magnitude", allocation: "alpha" }),
    /expected a sparsity/,
  );
});

Deno.test("compress: later blocks see what earlier ones lost", async () => {
  const calibration = pictures(8);
  for (
    const options of [{ method: "sparsegpt", sparsity: 0.5 }, { method: "wanda", sparsity: 0.5 }] as const
  ) {
    const only = (part: string): CompressOptions => ({
      ...options,
      calibration,
      layers: (name) => name.startsWith(part),
    });
    const weights = (model: Model) => (model.graph.initializers.get("head.2.weight") as Tensor).data;
    const whole = weights((await compress(network(), { ...options, calibration })).model);
    if (options.method === "sparsegpt") {
      assert.deepEqual(weights((await compress(network(), { sparsity: 0.5, calibration })).model), whole);
    }
    const first = (await compress(network(), only("conv"))).model;
    assert.deepEqual(weights((await compress(first, only("head"))).model), whole);
    assert.notDeepEqual(weights((await compress(network(), only("head"))).model), whole);
  }
});

Deno.test("compress: words that are none, and layers by a pattern, are refused", async () => {
  const asked = { method: "magnitude", sparsity: 0.5 } as const;
  const refused: [object, RegExp][] = [
    [
      { precision: "foo" },
      /^RangeError: Cannot compress with precision "foo": expected "float32" or "float64"$/,
    ],
    [{ order: "foo" }, /^RangeError: Cannot compress with order "foo": expected "blocks" or "layers"$/],
    [{ layers: /conv/ }, /^TypeError: Cannot compress with "layers" that is no function: expected one of/],
  ];
  for (const [options, message] of refused) {
    await assert.rejects(compress(network(), { ...asked, ...options } as CompressOptions), message);
  }
});
