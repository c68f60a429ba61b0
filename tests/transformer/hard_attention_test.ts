import assert from "node:assert/strict";
import { topKSoftmax } from "../../kernels/webgpu/mod.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { backward } from "../../lib/onnx/gradients.ts";
import { seededRandom } from "../../lib/random.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import { hardAttentionSavings, keepLargest } from "../../lib/transformer/mod.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

function hard(renormalize: boolean) {
  const g = new GraphBuilder();
  const weights = g.input("weights", "float32", ["rows", "keys"]);
  g.output(keepLargest(g, weights, g.input("k", "int64", [1]), renormalize), "kept");
  return g.model();
}

const keep = async (rows: number[][], k: number, renormalize = false): Promise<number[]> => {
  const weights = float32(rows.flat(), [rows.length, rows[0]!.length]);
  const { kept } = await runModel(hard(renormalize), { weights, k: int64([k]) });
  return [...kept!.data as Float32Array];
};

Deno.test("Hard attention keeps the largest weights as they are, of equal ones the first, and all where k is no less", async () => {
  assert.deepEqual(await keep([[0.125, 0.5, 0.25, 0.125], [0.25, 0.25, 0.25, 0.25]], 2), [
    0,
    0.5,
    0.25,
    0,
    0.25,
    0.25,
    0,
    0,
  ]);
  assert.deepEqual(await keep([[0.125, 0.5, 0.25, 0.125]], 4), [0.125, 0.5, 0.25, 0.125]);
  assert.deepEqual(await keep([[0.125, 0.5, 0.25, 0.125]], 30), [0.125, 0.5, 0.25, 0.125]);
  assert.deepEqual(await keep([[0.125, 0.5, 0.25, 0.125]], 1, true), [0, 1, 0, 0]);
});

Deno.test("Weights of every size of floats stay what they are", async () => {
  for (const type of ["float16", "bfloat16", "float64"] as const) {
    for (const renormalize of [false, true]) {
      const g = new GraphBuilder();
      const weights = g.cast(g.input("weights", "float32", ["rows", "keys"]), type);
      const kept = keepLargest(g, weights, g.ints([2]), renormalize);
      assert.equal(g.info(kept).type, type);
      g.output(g.cast(kept, "float32"), "kept");
      const found = await runModel(g.model(), { weights: float32([0.125, 0.5, 0.25, 0.25], [1, 4]) });
      const [first, second] = renormalize ? [2 / 3, 1 / 3] : [0.5, 0.25];
      assertClose([...found.kept!.data as Float32Array], [0, first, second, 0], {
        absolute: 2 ** -8,
        relative: 0,
      });
    }
  }
});

Deno.test("On native code and in WebAssembly it is what the GPU's kernel computes, renormalised or not", async () => {
  const random = seededRandom(0, "hard attention");
  const scores = float32(Array.from({ length: 6 * 9 }, () => random.normal(0, 2)), [6, 9]);
  for (const engine of ["native", "wasm"] as const) {
    const runtime = await openRuntime({ engine });
    try {
      for (const renormalize of [false, true]) {
        const weights = await topKSoftmax(scores);
        const { kept } = await runModel(hard(renormalize), { weights, k: int64([4]) }, { runtime });
        const { data } = await topKSoftmax(scores, { k: 4, renormalize });
        assertClose([...kept!.data as Float32Array], [...data as Float32Array], REORDERED_FLOAT32);
      }
    } finally {
      await runtime.close();
    }
  }
});

Deno.test("Its gradient goes to the weights that stay, as central differences have it", async () => {
  for (const renormalize of [false, true]) {
    const { graph, info } = hard(renormalize);
    const g = new GraphBuilder(graph, info.opsets);
    const wanted = g.constant(float32([1, -2, 3, 5], [1, 4]));
    const loss = g.reduceSum(g.mul("kept", wanted), undefined, { keepdims: false });
    g.output(loss, "loss");
    const { weights: gradient } = backward(g, loss, ["weights"]) as Record<string, string>;
    g.output(gradient!, "gradient");
    const model = g.model();
    const at = [0.1, 0.4, 0.2, 0.3];
    const run = async (data: number[]) =>
      await runModel(model, { weights: float32(data, [1, 4]), k: int64([2]) });
    const found = [...(await run(at)).gradient!.data as Float32Array];
    const step = 1e-2;
    const expected = await Promise.all(at.map(async (_, i) => {
      const [up, down] = await Promise.all(
        [step, -step].map((by) => run(at.map((each, j) => i === j ? each + by : each))),
      );
      return (Number(up!.loss!.data[0]) - Number(down!.loss!.data[0])) / (2 * step);
    }));
    found.forEach((value, i) =>
      assert.ok(Math.abs(value - expected[i]!) < 2e-3, `${found} against ${expected}`)
    );
    assert.deepEqual([found[0], found[2]].map((value) => Math.abs(value!)), [0, 0]);
  }
});

Deno.test("It saves the products of weights and values that are zero: 1 % of BERT-Base's layer at 128", () => {
  const saved = hardAttentionSavings({ tokens: 128, heads: 12, headWidth: 64, k: 30 });
  assert.equal(saved, 12 * 64 * 128 * 98);
  const layer = 1_862.3e6 / 2;
  assert.equal((100 * saved / layer).toFixed(1), "1.0");
  assert.equal(hardAttentionSavings({ tokens: 20, heads: 12, headWidth: 64, k: 30 }), 0);
});
