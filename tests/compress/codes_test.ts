import assert from "node:assert/strict";
import {
  compress,
  type CompressOptions,
  measureEffects,
  type PackedForm,
  packQuantized,
  saveCompressed,
} from "../../lib/compress/mod.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";
import { assertClose } from "../close.ts";
import { withFloatInputs } from "./float_inputs.ts";

const random = seededRandom(3, "codes");
const drawn = (dims: number[], spread = 1) =>
  float32(Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal(0, spread)), dims);

/** A grouped convolution, a layer with a bias, and one whose weight is stored as MatMul has it. */
function network(): Model {
  const g = new GraphBuilder("network");
  const x = g.input("x", "float32", ["n", 4, 6, 6]);
  const [conv] = g.node("Conv", [x, g.parameter("conv.weight", drawn([6, 2, 3, 3]))], { group: 2 });
  const flat = g.reshape(g.relu(conv!), [-1, 96]);
  const bias = g.parameter("gemm.bias", drawn([70]));
  const hidden = g.relu(g.gemm(flat, g.parameter("gemm.weight", drawn([70, 96], 0.1)), bias, { transB: 1 }));
  g.output(g.matMul(hidden, g.parameter("matmul.weight", drawn([70, 10], 0.1))), "y");
  return g.model();
}

const pictures = () => ({ x: drawn([5, 4, 6, 6]) });

Deno.test("packQuantized: codes compute what the rounded weights do, in both forms", async () => {
  const model = network();
  const calibration = [pictures(), pictures(), pictures(), pictures()];
  const input = pictures();
  const nBits = (name: string) => `${name}=MatMulNBits`;
  const bytes = (name: string) => `${name}=DequantizeLinear`;
  const cases: [Omit<CompressOptions, "calibration">, string[], string[], PackedForm[]?][] = [
    [{ method: "rtn", bits: 4 }, [bytes("conv.weight"), nBits("gemm.weight"), nBits("matmul.weight")], []],
    [
      { method: "gptq", bits: 3, groupSize: 32 },
      [nBits("gemm.weight"), nBits("matmul.weight"), bytes("conv.weight")],
      [],
    ],
    [{ method: "rtn", bits: 2, symmetric: true }, [
      bytes("conv.weight"),
      nBits("gemm.weight"),
      nBits("matmul.weight"),
    ], []],
    [{ method: "gptq", bits: 8 }, ["conv.weight", "gemm.weight", "matmul.weight"].map(bytes), []],
    [{ method: "awq", bits: 4, groupSize: 16 }, [nBits("gemm.weight"), nBits("matmul.weight")], [
      "conv.weight",
    ]],
    [{ method: "awq", bits: 6 }, [bytes("gemm.weight"), bytes("matmul.weight")], ["conv.weight"]],
    [{ method: "rtn", bits: 8, groupSize: 16 }, [nBits("gemm.weight"), nBits("matmul.weight")], [
      "conv.weight",
    ]],
    [{ method: "awq", bits: 8 }, [nBits("gemm.weight"), nBits("matmul.weight")], ["conv.weight"], [
      "MatMulNBits",
    ]],
    [{ method: "rtn", bits: 5, symmetric: true }, [nBits("gemm.weight"), nBits("matmul.weight")], [
      "conv.weight",
    ], ["MatMulNBits"]],
    [{ method: "rtn", bits: 4 }, ["conv.weight", "gemm.weight", "matmul.weight"].map(bytes), [], [
      "DequantizeLinear",
    ]],
    [{ method: "rtn", bits: 8, groupSize: 8 }, [], ["conv.weight", "gemm.weight", "matmul.weight"]],
    [{ method: "rtn", bits: 12 }, [], ["conv.weight", "gemm.weight", "matmul.weight"]],
    [{ method: "sparsegpt", bits: 4, sparsity: 0.5 }, [
      bytes("conv.weight"),
      nBits("gemm.weight"),
      nBits("matmul.weight"),
    ], []],
  ];
  const runtime = await openRuntime();
  try {
    for (const [options, forms, left, allowed] of cases) {
      const name = `${JSON.stringify(options)} ${allowed}`;
      const result = await compress(model, { ...options, calibration, runtime });
      const packed = packQuantized(result, { forms: allowed });
      assert.deepEqual(
        Object.entries(packed.forms).map((pair) => pair.join("=")).sort(),
        [...forms].sort(),
        name,
      );
      assert.deepEqual(Object.keys(packed.left), left, name);
      if (options.method === "awq" && !allowed) {
        assert.match(packed.left["conv.weight"]!, /its 2 groups divide their inputs by scales of their own/);
      }
      const [before, after] = [
        await runModel(result.model, input, { runtime }),
        await runModel(withFloatInputs(packed.model), input, { runtime }),
      ];
      // ONNX Runtime multiplies what is behind a DequantizeLinear with inputs that it rounds to 8 bits, too.
      const rounds = Object.entries(packed.forms).some(([name, form]) =>
        form === "DequantizeLinear" && name !== "conv.weight"
      );
      const largest = (before.y!.data as Float32Array).reduce(
        (most, value) => Math.max(most, Math.abs(value)),
        0,
      );
      assertClose([...after.y!.data as Float32Array], [...before.y!.data as Float32Array], {
        absolute: rounds ? largest / 50 : 1e-3,
        relative: 1e-4,
      }, name);
      for (const [weight, form] of Object.entries(packed.forms)) {
        if (form === "DequantizeLinear") checkWeight(packed.model, result.model, weight);
      }
    }
  } finally {
    await runtime.close();
  }
});

/** A layer alone. */
function oneLayer(rows: number, columns: number): Model {
  const g = new GraphBuilder("layer");
  const weight = g.parameter("weight", drawn([rows, columns], 0.1));
  g.output(g.gemm(g.input("x", "float32", ["n", columns]), weight, undefined, { transB: 1 }), "y");
  return g.model();
}

Deno.test("MatMulNBits: inputs are rounded to 8 bits of the largest of a block, and nothing else changes", async () => {
  const [rows, columns, block, records] = [24, 128, 32, 6];
  for (const [bits, symmetric] of [[4, false], [4, true], [8, false], [8, true]] as const) {
    const result = await compress(oneLayer(rows, columns), {
      method: "rtn",
      bits,
      groupSize: block,
      symmetric,
    });
    const { model } = packQuantized(result);
    const [node] = model.graph.nodes;
    assert.deepEqual(node!.attributes["accuracy_level"], { type: "int", value: 4 });
    // Some numbers are much larger than others, as they are in language models.
    const x = drawn([records, columns]);
    for (let i = 0; i < x.data.length; i += 37) (x.data as Float32Array)[i]! *= 30;
    const [found, exact] = [
      (await runModel(model, { x })).y!.data as Float32Array,
      (await runModel(result.model, { x })).y!.data as Float32Array,
    ];
    const numbers = x.data as Float32Array;
    const weight = (result.model.graph.initializers.get("weight") as Tensor).data as Float32Array;
    for (let i = 0; i < found.length; i++) {
      const [record, row] = [Math.floor(i / rows), i % rows];
      // A number is off by half a step at most, a 127th of the block's largest; all other sums are of float32.
      let [bound, size] = [0, 0];
      for (let first = 0; first < columns; first += block) {
        const own = numbers.subarray(record * columns + first, record * columns + first + block);
        const largest = Math.max(...own.map(Math.abs));
        own.forEach((value, j) => {
          const by = Math.abs(weight[row * columns + first + j]!);
          bound += largest / 254 * by;
          size += Math.abs(value) * by;
        });
      }
      const error = Math.abs(found[i]! - exact[i]!);
      assert.ok(error <= bound + 1e-5 * size, `${bits}, ${symmetric}, ${i}: ${error} of ${bound}`);
    }
  }
});

Deno.test("MatMulNBits: where zero is the same code everywhere, none is stored", async () => {
  const model = oneLayer(12, 64);
  const x = drawn([5, 64]);
  const cases = [[4, true], [3, true], [2, true], [4, false], [2, false], [8, true], [6, true], [
    8,
    false,
  ]] as const;
  for (const [bits, symmetric] of cases) {
    const result = await compress(model, { method: "rtn", bits, groupSize: 16, symmetric });
    const packed = withFloatInputs(packQuantized(result).model);
    assert.equal(packed.graph.nodes[0]!.inputs.length, symmetric ? 3 : 4, `${bits}, ${symmetric}`);
    const [before, after] = [await runModel(result.model, { x }), await runModel(packed, { x })];
    assertClose([...after.y!.data as Float32Array], [...before.y!.data as Float32Array], {
      absolute: 1e-4,
      relative: 1e-4,
    }, `${bits}, ${symmetric}`);
  }
});

Deno.test("packQuantized: a form that it does not have is refused by name", async () => {
  const result = await compress(oneLayer(4, 32), { method: "rtn", bits: 8 });
  assert.throws(
    () => packQuantized(result, { forms: ["QLinearMatMul" as PackedForm] }),
    /^RangeError: Cannot store codes in the form "QLinearMatMul": expected MatMulNBits or DequantizeLinear$/,
  );
  assert.throws(
    () => packQuantized(result, { forms: [] }),
    /Cannot store codes in no form at all: expected MatMulNBits/,
  );
});

/** (code − zero) · scale, divided by the inputs' scales, is the weight. */
function checkWeight(packed: Model, rounded: Model, name: string): void {
  const stored = ({ graph }: Model, part: string) => graph.initializers.get(part) as Tensor | undefined;
  const [codes, scales, zeros] = ["codes", "scales", "zeros"].map((part) =>
    stored(packed, `${name}.${part}`)!.data
  );
  const inverse = stored(packed, `${name}.inverse_scales`)?.data as Float32Array | undefined;
  const { data, dims } = stored(rounded, name)!;
  const perRow = data.length / scales!.length;
  const turned = name.startsWith("matmul");
  const expected = Array.from(codes as Uint8Array, (code, i) => {
    const row = turned ? i % dims[1]! : Math.floor(i / perRow);
    const column = turned ? Math.floor(i / dims[1]!) : i % perRow;
    return (Number(code) - Number(zeros![row])) * Number(scales![row]) * (inverse?.[column] ?? 1);
  });
  assertClose([...data as Float32Array], expected, { absolute: 1e-6, relative: 1e-5 }, name);
}

Deno.test("a product with codes counts as many multiply-accumulates as with floats", async () => {
  const model = network();
  const { model: packed, forms } = packQuantized(await compress(model, { method: "rtn", bits: 4 }));
  assert.equal(Object.values(forms).filter((form) => form === "MatMulNBits").length, 2);
  const inputShapes = { x: [1, 4, 6, 6] };
  const [before, after] = [countMacs(model, { inputShapes }), countMacs(packed, { inputShapes })];
  assert.deepEqual([after.macs, after.uncounted], [before.macs, undefined]);
});

Deno.test("saveCompressed: a smaller file, with a manifest of what each matrix lost beside it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/small.onnx`;
    const model = network();
    const result = await compress(model, { method: "gptq", bits: 4, calibration: [pictures()] });
    const saved = await saveCompressed(result, path, {
      source: "network",
      effect: { metric: "accuracy", before: 0.9, after: 0.8 },
    });
    assert.equal(saved.bytes, (await Deno.stat(path)).size);
    assert.ok(saved.bytes < 0.35 * model.toOnnx().length);
    const input = pictures();
    assertClose(
      [...(await runModel(withFloatInputs(await loadModel(path)), input)).y!.data as Float32Array],
      [...(await runModel(result.model, input)).y!.data as Float32Array],
      { absolute: 1e-3, relative: 1e-4 },
    );
    const manifest = JSON.parse(await Deno.readTextFile(`${path}.manifest.json`));
    assert.deepEqual(manifest, JSON.parse(JSON.stringify(saved.manifest)));
    assert.deepEqual([manifest.source, manifest.effect.after], ["network", 0.8]);
    const [, gemm] = manifest.matrices;
    assert.deepEqual([gemm.weight, gemm.type, gemm.bits], ["gemm.weight", "MatMulNBits", 4]);
    const types = manifest.matrices.map(({ type }: { type: string }) => type);
    assert.deepEqual(types, ["DequantizeLinear", "MatMulNBits", "MatMulNBits"]);
    assert.ok(gemm.loss > 0 && gemm.calibration.length === 64 && gemm.sparsity === undefined);
    const half = await compress(model, { method: "wanda", sparsity: 0.5, calibration: [pictures()] });
    const measured = await measureEffects(model, half, { held: [pictures()] });
    const { manifest: { matrices } } = await saveCompressed(measured, `${folder}/half.onnx`);
    for (const { type, sparsity, loss, divergence, calibration } of matrices) {
      assert.deepEqual([type, sparsity, calibration?.length], ["float32", 0.5, 64]);
      assert.ok(loss! > 0 && divergence! > 0);
    }
    for (const file of ["half.onnx", "half.onnx.manifest.json"]) await Deno.remove(`${folder}/${file}`);
    // A manifest that cannot be written leaves the model that was there.
    const old = await Deno.readFile(path);
    await Deno.remove(`${path}.manifest.json`);
    await Deno.mkdir(`${path}.manifest.json`);
    const other = await compress(model, { method: "rtn", bits: 3 });
    await assert.rejects(saveCompressed(other, path), /manifest.json: it is a folder; name a file/);
    assert.deepEqual(await Deno.readFile(path), old);
    await Deno.remove(`${path}.manifest.json`);
    const large = await saveCompressed(other, path, { externalData: true });
    const sizes = [path, `${path}.data`].map((file) => Deno.statSync(file).size);
    assert.equal(large.bytes, sizes[0]! + sizes[1]!);
    await Deno.remove(`${path}.data`);
    await assert.rejects(saveCompressed(result, `${folder}/none/small.onnx`));
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "small.onnx",
      "small.onnx.manifest.json",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
