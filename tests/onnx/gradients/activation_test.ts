import assert from "node:assert/strict";
import { numbersOf, scalar, Tensor } from "../../../lib/tensor/tensor.ts";
import { float } from "../../../lib/onnx/attribute.ts";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import { backward } from "../../../lib/onnx/gradients.ts";
import { checkGradient, distinct, numbers, run } from "./check.ts";

const x = numbers([3, 7], { low: -4, high: 4 });
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.log1p(Math.exp(x));
const clamp = (x: number) => Math.min(Math.max(x, 0), 1);
/** erf by its Taylor series, which converges to full precision for the small arguments here. */
function erf(x: number): number {
  let [sum, term] = [x, x];
  for (let n = 1; n < 200; n++) {
    term *= -x * x / n;
    sum += term / (2 * n + 1);
  }
  return sum * 2 / Math.sqrt(Math.PI);
}

Deno.test("gradients of activations that ONNX Runtime has in float64", async () => {
  await checkGradient((g, x) => g.relu(x), { x });
  await checkGradient((g, x) => g.sigmoid(x), { x });
  await checkGradient((g, x) => g.tanh(x), { x });
  await checkGradient((g, x) => g.silu(x), { x });
});

const PLAIN: [string, Record<string, ReturnType<typeof float> | string>, (x: number) => number][] = [
  ["LeakyRelu", { alpha: float(0.1) }, (x) => x > 0 ? x : 0.1 * x],
  ["LeakyRelu", {}, (x) => x > 0 ? x : 0.01 * x],
  ["ThresholdedRelu", { alpha: float(0.7) }, (x) => x > 0.7 ? x : 0],
  ["Elu", { alpha: float(1.5) }, (x) => x > 0 ? x : 1.5 * Math.expm1(x)],
  ["Celu", { alpha: float(1.5) }, (x) => x > 0 ? x : 1.5 * Math.expm1(x / 1.5)],
  ["Selu", {}, (x) => 1.05070098 * (x > 0 ? x : 1.67326324 * Math.expm1(x))],
  ["HardSigmoid", {}, (x) => clamp(0.2 * x + 0.5)],
  ["HardSigmoid", { alpha: float(0.3), beta: float(0.4) }, (x) => clamp(0.3 * x + 0.4)],
  ["HardSwish", {}, (x) => x * clamp(x / 6 + 0.5)],
  ["Softplus", {}, softplus],
  ["Softsign", {}, (x) => x / (1 + Math.abs(x))],
  ["Gelu", {}, (x) => x / 2 * (1 + erf(x * Math.SQRT1_2))],
  [
    "Gelu",
    { approximate: "tanh" },
    (x) => x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  ],
  ["Mish", {}, (x) => x * Math.tanh(softplus(x))],
  ["Erf", {}, erf],
  ["Sigmoid", {}, sigmoid],
  ["Shrink", { lambd: float(0.8), bias: float(0.3) }, (x) => x > 0.8 ? x - 0.3 : x < -0.8 ? x + 0.3 : 0],
];

for (const [op, attributes, reference] of PLAIN) {
  Deno.test(`gradient of ${op} ${JSON.stringify(attributes)}`, async () => {
    const build = (g: GraphBuilder, x: Value) => g.node(op, [x], attributes)[0]!;
    await checkGradient(build, { x }, { reference: (x) => x.map(reference) });
  });
}

Deno.test("gradient of PRelu, to its slope as well", async () => {
  const slope = numbers([7], { seed: 5 });
  const reference = (x: number[], slope: number[]) =>
    x.map((value, i) => value > 0 ? value : value * slope[i % 7]!);
  await checkGradient((g, x, slope) => g.prelu(x, slope), { x, slope }, { reference });
});

Deno.test("gradients of ONNX Runtime's own Gelu and QuickGelu", async () => {
  const build = (op: string) => (g: GraphBuilder, x: Value) =>
    g.node(op, [x], {}, { domain: "com.microsoft" })[0]!;
  await checkGradient(build("QuickGelu"), { x }, { reference: (x) => x.map((x) => x * sigmoid(1.702 * x)) });
  const reference = (x: number[]) => x.map((x) => x / 2 * (1 + erf(x * Math.SQRT1_2)));
  await checkGradient(build("Gelu"), { x }, { reference });
});

Deno.test("gradients of Softmax and LogSoftmax", async () => {
  const cube = numbers([2, 3, 4]);
  for (const axis of [-1, 0, 1]) {
    await checkGradient((g, x) => g.softmax(x, axis), { cube });
    await checkGradient((g, x) => g.logSoftmax(x, axis), { cube });
  }
});

Deno.test("Relu and its kin pass nothing at 0", async () => {
  const ops = ["Relu", "Abs", "ThresholdedRelu"];
  for (const op of ops) {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", [1]);
    const [y] = g.node(op, [x], op === "ThresholdedRelu" ? { alpha: float(0) } : {});
    g.output(backward(g, y!, [x])[x]!, "dx");
    const { dx } = await run(g.model(), { x: new Tensor("float32", Float32Array.of(0), [1]) });
    assert.deepEqual([...dx!.data as Float32Array], [0]);
  }
});

Deno.test("Dropout passes what its mask kept, scaled alike, and everything outside training", async () => {
  const n = 1000;
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [n]);
  const training = g.input("training", "bool", []);
  const y = g.dropout(x, 0.25, training, 7);
  const loss = g.reduceSum(y, undefined, { keepdims: false });
  g.output(y, "kept");
  g.output(backward(g, loss, [x])[x]!, "dx");
  const ones = new Tensor("float32", new Float32Array(n).fill(1), [n]);
  for (const on of [true, false]) {
    const { kept, dx } = await run(g.model(), { x: ones, training: new Tensor("bool", [on], []) });
    assert.deepEqual(dx!.data, kept!.data);
    assert.equal((kept!.data as Float32Array).includes(0), on);
  }
  await checkGradient((g, x) => g.node("Dropout", [x])[0]!, { x: distinct([5]) });
});

Deno.test("whether and how much a Dropout drops may be stored and fed all the same", async () => {
  const n = 1000;
  const stored = new GraphBuilder();
  const x = stored.input("x", "float32", [n]);
  const ratio = stored.parameter("ratio", scalar(0.5));
  const training = stored.parameter("training", new Tensor("bool", [false], []));
  const [y] = stored.node("Dropout", [x, ratio, training], { seed: 7 });
  const loss = stored.output(stored.reduceSum(y!, undefined, { keepdims: false }));
  const g = new GraphBuilder({ ...stored.graph(), inputs: [x, ratio, training] });
  g.output(y!, "kept");
  g.output(backward(g, loss, [x])[x]!, "dx");
  for (const name of [ratio, training]) g.toInput(name);
  const ones = new Tensor("float32", new Float32Array(n).fill(1), [n]);
  const feeds = { x: ones, ratio: scalar(0.2), training: new Tensor("bool", [true], []) };
  const { kept, dx } = await run(g.model(), feeds);
  assert.deepEqual(new Set(numbersOf(dx!)), new Set([0, 1.25]));
  assert.deepEqual(dx!.data, kept!.data);
});
