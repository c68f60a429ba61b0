import assert from "node:assert/strict";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { loadModel } from "../../../lib/io/load_model.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { checkPruned } from "../../../lib/prune/check_pruned.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { runModel } from "../../../lib/runtime/run_model.ts";
import { saveModel } from "../../../lib/io/save_model.ts";
import { seededRandom } from "../../../lib/random.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";
import { inFolder } from "../../in_folder.ts";
import { typed, withModel } from "../typed.ts";

Deno.test("quantize stores weights in their codes, and answers change little", async () => {
  await withModel(async (path, folder) => {
    for (const [bits, most] of [[8, 0.02], [4, 0.3]] as const) {
      const out = `${folder}/q${bits}.onnx`;
      const said = JSON.parse((await typed("quantize", path, out, "--bits", `${bits}`, "--json")).out);
      assert.ok(said.after < 0.6 * said.before, `${said.after} of ${said.before}`);
      assert.equal(Object.keys(said.stored).length, 3);
      const [before, after] = [await loadModel(path), await loadModel(out)];
      const x = float32(Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)), [3, 4]);
      const [input] = before.graph.inputs;
      const [a, b] = [await runModel(before, { [input!]: x }), await runModel(after, { [input!]: x })]
        .map((found) => [...Object.values(found)[0]!.data as Float32Array]) as [number[], number[]];
      const largest = Math.max(...a.map(Math.abs));
      assert.ok(a.every((value, i) => Math.abs(value - b[i]!) < most * largest));
      assert.ok(a.some((value, i) => value !== b[i]));
    }
  });
});

Deno.test("a single layer is one layer", async () => {
  await inFolder(async (folder) => {
    await saveModel(mlp({ sizes: [64, 32] }), `${folder}/one.onnx`);
    const { out } = await typed("quantize", `${folder}/one.onnx`, `${folder}/q.onnx`);
    assert.match(out, /^Wrote .*q\.onnx: 1 of 1 layer on levels of 8 bits/m);
  });
});

Deno.test("quantize stores weights in the form that is asked for, or says that there is none of that name", async () => {
  await withModel(async (path, folder) => {
    for (const [form, bits] of [["MatMulNBits", "8"], ["DequantizeLinear", "4"]] as const) {
      const out = `${folder}/${form}.onnx`;
      const said = JSON.parse(
        (await typed("quantize", path, out, "--bits", bits, "--form", form, "--json")).out,
      );
      assert.deepEqual(Object.values(said.stored), [form, form, form]);
      const ops = (await loadModel(out)).graph.nodes.map(({ op }) => op);
      assert.equal(ops.filter((op) => op === form).length, 3);
    }
    const { code, err } = await typed("quantize", path, `${folder}/q.onnx`, "--form", "QLinear");
    assert.notEqual(code, 0);
    assert.match(err, /Cannot read --form QLinear: expected one of MatMulNBits, DequantizeLinear/);
  });
});

for (
  const [how, options] of [
    ["a byte a weight with a scale for each filter", ["--bits", "8"]],
    ["4 bits with a scale for every 16 weights", ["--bits", "4", "--group", "16"]],
    ["8 bits with a scale for every 32 weights", ["--group", "32"]],
  ] as const
) {
  Deno.test(`a model quantized to ${how} is pruned to half, and equals its mask`, async () => {
    await inFolder(async (folder) => {
      const [path, q, half] = ["model", "q", "half"].map((name) => `${folder}/${name}.onnx`) as [
        string,
        string,
        string,
      ];
      await saveModel(mlp({ sizes: [64, 256, 128, 10] }), path);
      assert.equal((await typed("quantize", path, q, ...options)).code, 0);
      const { code, err } = await typed(q, half, "--macs", "0.5");
      assert.equal(code, 0, err);
      const [model, smaller] = [await loadModel(q), await loadModel(half)];
      const [before, after] = [countMacs(model), countMacs(smaller)];
      assert.ok(after.macs <= 0.5 * before.macs && after.macs > 0.3 * before.macs);
      assert.ok(after.parameters < 0.6 * before.parameters);
      assert.ok(Deno.statSync(half).size < 0.65 * Deno.statSync(q).size);
      const plan = planPruning(model, { target: { macs: 0.5 } });
      const random = seededRandom(2, "rows");
      const input = float32(Array.from({ length: 8 * 64 }, () => random.normal()), [8, 64]);
      assert.ok(await checkPruned(model, smaller, plan, { inputs: { input } }) < 1e-5);
    });
  });
}
