import assert from "node:assert/strict";
import { float } from "../../../lib/onnx/attribute.ts";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import { backward } from "../../../lib/onnx/gradients.ts";
import { float32, numbersOf } from "../../../lib/tensor/tensor.ts";
import { checkGradient, numbers, run } from "./check.ts";

const x = numbers([2, 4, 3, 2]);

Deno.test("gradient of LayerNormalization", async () => {
  for (const [axis, dims] of [[-1, [2]], [2, [3, 2]], [1, [4, 3, 2]]] as const) {
    const [scale, bias] = [numbers([...dims]), numbers([...dims], { seed: 2 })];
    const build = (g: GraphBuilder, x: Value, scale: Value, bias?: Value) =>
      g.layerNorm(x, scale, bias, { axis });
    await checkGradient(build, { x, scale, bias });
    await checkGradient(build, { x, scale }, { wrt: ["x"], declared: { x: ["N", 4, 3, 2] } });
    await checkGradient(build, { x, scale, bias }, { wrt: ["bias"] });
  }
  const [scale, bias] = [numbers([1]), numbers([1], { seed: 2 })];
  const build = (g: GraphBuilder, x: Value, scale: Value, bias: Value) =>
    g.layerNorm(x, scale, bias, { axis: 2 });
  await checkGradient(build, { x, scale, bias }, { reference: normalized(6, () => 0) });
});

Deno.test("gradient of all outputs of LayerNormalization, and of its gradient", async () => {
  const scale = numbers([1], { seed: 2 });
  const runs = (x: number[]) =>
    [0, 6, 12, 18, 24, 30, 36, 42].map((start) => {
      const part = x.slice(start, start + 6);
      const mean = part.reduce((a, b) => a + b) / 6;
      const inverse = 1 / Math.sqrt(part.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 6 + 1e-5);
      return { mean, inverse, hat: part.map((v) => (v - mean) * inverse) };
    });
  const outputs = (g: GraphBuilder, x: Value, scale: Value) =>
    g.node("LayerNormalization", [x, scale], { axis: 2 }, { outputs: 3 });
  const declared = { x: ["N", 4, 3, "W"] };
  const both = { reference: (x: number[]) => runs(x).map(({ mean, inverse }) => mean * inverse), declared };
  await checkGradient((g, x, scale) => g.mul(...outputs(g, x, scale).slice(1) as [Value, Value]), {
    x,
    scale,
  }, both);
  const one = { reference: (x: number[]) => runs(x).map(({ inverse }) => inverse), declared, wrt: ["x"] };
  await checkGradient((g, x, scale) => outputs(g, x, scale)[2]!, { x, scale }, one);
  const all = (x: number[], [s]: number[]) =>
    runs(x).flatMap(({ mean, inverse, hat }) => hat.map((v) => v * s! * mean * inverse));
  const product = (g: GraphBuilder, x: Value, scale: Value) => {
    const [y, mean, inverse] = outputs(g, x, scale);
    return g.mul(y!, g.mul(mean!, inverse!));
  };
  await checkGradient(product, { x, scale }, { reference: all });
  // d Σ y³/3 / d x, with what y² passes on through the norm.
  const first = (x: number[], [s]: number[]) =>
    runs(x).flatMap(({ inverse, hat }) => {
      const dHat = hat.map((v) => (v * s!) ** 2 * s!);
      const [mean, along] = [dHat, dHat.map((d, i) => d * hat[i]!)].map((row) =>
        row.reduce((a, b) => a + b) / 6
      );
      return dHat.map((d, i) => (d - mean! - hat[i]! * along!) * inverse);
    });
  const twice = (g: GraphBuilder, x: Value, scale: Value) => {
    const y = g.layerNorm(x, scale, undefined, { axis: 2 });
    const loss = g.reduceSum(g.mul(g.mul(y, y), g.mul(y, 1 / 3)), undefined, { keepdims: false });
    return backward(g, loss, [x])[x]!;
  };
  await checkGradient(twice, { x, scale }, { reference: first });
});

/** (x − mean) / deviation of consecutive runs, then scale and bias by run. */
function normalized(run: number, perRun: (run: number, inRun: number) => number) {
  return (x: number[], scale: number[], bias: number[]) =>
    x.map((value, i) => {
      const start = i - i % run;
      const part = x.slice(start, start + run);
      const mean = part.reduce((a, b) => a + b) / run;
      const variance = part.reduce((sum, v) => sum + (v - mean) ** 2, 0) / run;
      const channel = perRun(start / run, i - start);
      return (value - mean) / Math.sqrt(variance + 1e-5) * scale[channel]! + bias[channel]!;
    });
}

Deno.test("gradient of InstanceNormalization", async () => {
  const [scale, bias] = [numbers([4]), numbers([4], { seed: 2 })];
  const reference = normalized(6, (run) => run % 4);
  const build = (g: GraphBuilder, x: Value, scale: Value, bias: Value) => g.instanceNorm(x, scale, bias);
  await checkGradient(build, { x, scale, bias }, { reference });
  await checkGradient(build, { x, scale, bias }, { reference, wrt: ["bias"] });
});

Deno.test("gradient of GroupNormalization, scaled by group as up to opset 20", async () => {
  const [scale, bias] = [numbers([2]), numbers([2], { seed: 2 })];
  const reference = normalized(12, (run) => run % 2);
  await checkGradient(
    (g, x, scale, bias) => g.node("GroupNormalization", [x, scale, bias], { num_groups: 2 })[0]!,
    { x, scale, bias },
    { reference, declared: { x: ["N", 4, 3, 2] } },
  );
});

Deno.test("gradient of LpNormalization", async () => {
  for (const p of [1, 2]) {
    for (const axis of [-1, 1]) {
      await checkGradient((g, x) => g.node("LpNormalization", [x], { p, axis })[0]!, { x });
    }
  }
});

Deno.test("LpNormalization passes nothing on to zeros", async () => {
  for (const p of [1, 2]) {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", [2, 3]);
    const [y] = g.node("LpNormalization", [x], { p, axis: -1 });
    const loss = g.reduceSum(g.mul(y!, g.constant(float32([1, 2, 3]))), undefined, { keepdims: false });
    g.output(backward(g, loss, [x])[x]!, "dx");
    const [zeros, row] = [[0, 0, 0], [1, 1, 1]];
    const dx = async (rows: number[]) => numbersOf((await run(g.model(), { x: float32(rows, [2, 3]) })).dx!);
    const beside = await dx([...zeros, ...row]);
    assert.deepEqual(beside.slice(0, 3), zeros);
    assert.deepEqual(beside.slice(3), (await dx([...row, ...row])).slice(3));
  }
});

Deno.test("gradient of RMSNormalization", async () => {
  const reference = (x: number[], scale: number[]) =>
    x.map((value, i) => {
      const row = x.slice(i - i % 6, i - i % 6 + 6);
      return value * scale[i % 2]! / Math.sqrt(row.reduce((sum, v) => sum + v * v, 0) / 6 + 1e-5);
    });
  await checkGradient(
    (g, x, scale) =>
      g.node("SimplifiedLayerNormalization", [x, scale], { axis: 2, epsilon: float(1e-5) })[0]!,
    { x, scale: numbers([1, 2]) },
    { reference },
  );
});

Deno.test("gradient of MeanVarianceNormalization", async () => {
  const reference = (x: number[]) => normalized(6, () => 0)(x, [1], [0]);
  const build = (g: GraphBuilder, x: Value) => g.node("MeanVarianceNormalization", [x], { axes: [2, 3] })[0]!;
  await checkGradient(build, { x }, { reference });
});

Deno.test("gradient of LRN", async () => {
  for (const size of [1, 3, 5]) {
    const reference = (x: number[]) =>
      x.map((value, i) => {
        const channel = Math.floor(i / 6) % 4;
        let sum = 0;
        for (let c = channel - Math.floor((size - 1) / 2); c <= channel + Math.ceil((size - 1) / 2); c++) {
          if (c >= 0 && c < 4) sum += x[i + (c - channel) * 6]! ** 2;
        }
        return value / (1.5 + 0.3 / size * sum) ** 0.6;
      });
    const attributes = { size, alpha: float(0.3), beta: float(0.6), bias: float(1.5) };
    await checkGradient((g, x) => g.node("LRN", [x], attributes)[0]!, { x }, { reference });
  }
});
