import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, scalar } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import {
  adam,
  adamW,
  clipByGlobalNorm,
  decayWeightsOnly,
  type Optimizer,
  type ParameterOptions,
  requireAdam,
  sgd,
} from "../../lib/train/optimizers.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

const SIZE = 6;
const RATE = 0.1;
const random = seededRandom(2);
const draw = () => Array.from({ length: SIZE }, () => random.normal());
const start = draw();
const gradients = [draw(), draw(), draw()];

/** Where an optimizer leads in three steps, its update run as a graph of its own. */
async function led(optimizer: Optimizer, options: ParameterOptions = {}): Promise<number[]> {
  const g = new GraphBuilder();
  const input = (name: string) => g.input(name, "float32", [SIZE]);
  const names = Object.keys(optimizer.scalars(0, RATE));
  const update = optimizer.update(g, {
    value: input("p"),
    gradient: input("d"),
    state: Object.fromEntries(optimizer.state.map((name) => [name, input(name)])),
    scalars: Object.fromEntries(names.map((name) => [name, g.input(`${name}.fed`, "float32", [])])),
    options,
  });
  g.output(update.value, "p.next");
  for (const name of optimizer.state) g.output(update.state[name]!, `${name}.next`);
  let now = { p: start, ...Object.fromEntries(optimizer.state.map((name) => [name, start.map(() => 0)])) };
  for (const [step, gradient] of gradients.entries()) {
    const scalars = Object.entries(optimizer.scalars(step, RATE));
    const outputs = await runModel(g.model(), {
      d: float32(gradient, [SIZE]),
      ...Object.fromEntries(Object.entries(now).map(([name, values]) => [name, float32(values, [SIZE])])),
      ...Object.fromEntries(scalars.map(([name, value]) => [`${name}.fed`, scalar(value)])),
    });
    const next = (name: string) => [...outputs[`${name}.next`]!.data as Float32Array];
    now = { ...now, ...Object.fromEntries(Object.keys(now).map((name) => [name, next(name)])) };
  }
  return now.p;
}

/** Each number by itself, in float64. */
function by(rule: () => (p: number, d: number, step: number) => number): number[] {
  return start.map((first, i) => {
    const step = rule();
    return gradients.reduce((p, gradient, t) => step(p, gradient[i]!, t), first);
  });
}

const sgdBy = (momentum: number, nesterov: boolean, decay: number, rate = RATE) =>
  by(() => {
    let buffer = 0;
    return (p, gradient) => {
      const d = gradient + decay * p;
      buffer = momentum * buffer + d;
      return p - rate * (nesterov ? d + momentum * buffer : buffer);
    };
  });

const adamBy = (decay: number) =>
  by(() => {
    let [mean, square] = [0, 0];
    return (p, d, t) => {
      mean = 0.9 * mean + 0.1 * d;
      square = 0.99 * square + 0.01 * d * d;
      const root = Math.sqrt(square / (1 - 0.99 ** (t + 1))) + 1e-8;
      return p - RATE * decay * p - RATE * mean / (1 - 0.9 ** (t + 1)) / root;
    };
  });

const coupledAdamBy = (decay: number) =>
  by(() => {
    let [mean, square] = [0, 0];
    return (p, gradient, t) => {
      const d = gradient + decay * p;
      mean = 0.9 * mean + 0.1 * d;
      square = 0.99 * square + 0.01 * d * d;
      const root = Math.sqrt(square / (1 - 0.99 ** (t + 1))) + 1e-8;
      return p - RATE * mean / (1 - 0.9 ** (t + 1)) / root;
    };
  });

Deno.test("optimizers go where their formulas lead, number by number in float64", async () => {
  const cases: [Optimizer, ParameterOptions, number[]][] = [
    [sgd({ momentum: 0 }), {}, sgdBy(0, false, 0)],
    [sgd({ momentum: 0.8, nesterov: false, weightDecay: 0.1 }), {}, sgdBy(0.8, false, 0.1)],
    [sgd({ weightDecay: 0.1 }), {}, sgdBy(0.9, true, 0.1)],
    [sgd({ weightDecay: 0.1 }), { weightDecay: 0, rateFactor: 0.5 }, sgdBy(0.9, true, 0, RATE / 2)],
    [adamW({ betas: [0.9, 0.99], weightDecay: 0.2 }), {}, adamBy(0.2)],
    [adamW({ betas: [0.9, 0.99], weightDecay: 0.2 }), { weightDecay: 0 }, adamBy(0)],
    [adam({ betas: [0.9, 0.99], weightDecay: 0.2 }), {}, coupledAdamBy(0.2)],
    [adam({ betas: [0.9, 0.99], weightDecay: 0.2 }), { weightDecay: 0 }, coupledAdamBy(0)],
  ];
  for (const [optimizer, options, expected] of cases) {
    assertClose(await led(optimizer, options), expected, REORDERED_FLOAT32, optimizer.name);
  }
});

Deno.test("with coupled L2 alone, Adam's first step is the rate, however small the decay", async () => {
  for (const weightDecay of [1e-1, 1e-3, 1e-5]) {
    const g = new GraphBuilder();
    const input = (name: string) => g.input(name, "float32", [2]);
    const optimizer = adam({ weightDecay });
    const scalars = optimizer.scalars(0, RATE);
    const update = optimizer.update(g, {
      value: input("p"),
      gradient: input("d"),
      state: { mean: input("mean"), square: input("square") },
      scalars: Object.fromEntries(
        Object.keys(scalars).map((name) => [name, g.input(`${name}.fed`, "float32", [])]),
      ),
      options: {},
    });
    g.output(update.value, "next");
    const none = float32([0, 0]);
    const { next } = await runModel(g.model(), {
      p: float32([0.5, -0.3]),
      d: none,
      mean: none,
      square: none,
      ...Object.fromEntries(Object.entries(scalars).map(([name, value]) => [`${name}.fed`, scalar(value)])),
    });
    assertClose(next!.data as Float32Array, [0.5 - RATE, -0.3 + RATE], { absolute: 0, relative: 0.01 });
  }
});

Deno.test("gradients together are no longer than the limit, and keep their direction", async () => {
  const [a, b] = [[3, 0], [0, 4]]; // together of length 5
  for (const [limit, factor] of [[10, 1], [1, 1 / 5]] as const) {
    const g = new GraphBuilder();
    const clipped = clipByGlobalNorm(g, ["a", "b"].map((name) => g.input(name, "float32", [2])), limit);
    clipped.forEach((value, i) => g.output(value, `${i}`));
    const outputs = await runModel(g.model(), { a: float32(a, [2]), b: float32(b, [2]) });
    for (const [i, vector] of [a, b].entries()) {
      const expected = vector.map((x) => x * factor);
      assertClose(outputs[i]!.data as Float32Array, expected, REORDERED_FLOAT32, `limit ${limit}`);
    }
  }
});

Deno.test("weights and embeddings decay, nothing else", () => {
  const decays = (["weight", "embedding", "bias", "scale"] as const).map((role) =>
    decayWeightsOnly({ name: "w", role, op: "Gemm", tensor: float32([0], [1]) }).weightDecay
  );
  assert.deepEqual(decays, [undefined, undefined, 0, 0]);
});

Deno.test("numbers of an optimizer that cannot be meant are refused", () => {
  const refused: [make: () => unknown, message: RegExp][] = [
    [() => sgd({ weightDecay: -5 }), /^Cannot use sgd with weightDecay -5: expected a number from 0$/],
    [() => sgd({ momentum: 1 }), /^Cannot use sgd with momentum 1: expected a number from 0, below 1$/],
    [
      () => adam({ betas: [0.9, 1] }),
      /^Cannot use adam with betas\[1\] 1: expected a number from 0, below 1$/,
    ],
    [() => adamW({ betas: [-0.1, 0.9] }), /^Cannot use adamW with betas\[0\] -0.1/],
    [() => adamW({ epsilon: NaN }), /^Cannot use adamW with epsilon NaN/],
    [
      () => requireAdam("go", { beta1: 0, beta2: 0, epsilon: 0, weightDecay: -1 }),
      /^Cannot go with weightDecay -1/,
    ],
  ];
  for (const [make, message] of refused) assert.throws(make, { name: "RangeError", message });
});
