import assert, { deepStrictEqual } from "node:assert/strict";
import { batchNorm2d, conv2d, globalPool, linear } from "../../lib/nn/layers.ts";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, int64, sizeOf } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { blockConvolutions } from "../../lib/runtime/native_convolutions.ts";
import { openNative } from "../../lib/runtime/native.ts";
import type { Runtime, Tensors } from "../../lib/runtime/runtime.ts";
import { sgd } from "../../lib/train/optimizers.ts";
import { type TrainingStep, trainingStep } from "../../lib/train/training_step.ts";
import { assertClose, FLOAT32_STEPS } from "../close.ts";
import { inFloat64, wider } from "./in_float64.ts";

/** A convolution with batch norm, or a bias in its place, and activation. */
interface Layer {
  out: number;
  kernel?: number;
  stride?: number;
  dilation?: number;
  groups?: number;
  bias?: boolean;
}

interface Case {
  input: [number, number, number, number];
  layers: Layer[];
  /** Default SiLU: a ReLU whose argument is nearly 0 may open or stay shut, and either is right. */
  activation?: "relu";
  /** Whether the batch's size is unknown until the run. */
  dynamic?: boolean;
  /** How many convolutions of blocked channels should appear, for blocks of 16. */
  blocked: number;
}

const CASES: Record<string, Case> = {
  "3×3 at strides 1 and 2": {
    input: [16, 3, 8, 8],
    layers: [{ out: 16 }, { out: 16, bias: true }, { out: 32, stride: 2 }, { out: 32 }],
    blocked: 10,
  },
  "odd spatial sizes": {
    input: [16, 3, 9, 7],
    layers: [{ out: 16 }, { out: 32, stride: 2 }, { out: 32, stride: 2 }],
    blocked: 6,
  },
  "1×1": {
    input: [16, 16, 6, 6],
    layers: [{ out: 32, kernel: 1 }, { out: 16, kernel: 1, stride: 2 }, { out: 32, kernel: 1, bias: true }],
    blocked: 5,
  },
  "grouped and depthwise": {
    input: [16, 16, 7, 7],
    layers: [{ out: 32, groups: 2 }, { out: 32, groups: 32, stride: 2 }, { out: 16, kernel: 1 }],
    blocked: 3,
  },
  "depthwise, channels that fill no block": {
    input: [16, 24, 6, 5],
    layers: [{ out: 24, groups: 24 }, { out: 24, kernel: 1 }, { out: 24, groups: 24, dilation: 2 }],
    blocked: 5,
  },
  "channels that fill no block": {
    input: [16, 3, 8, 8],
    layers: [{ out: 11 }, { out: 13, stride: 2 }, { out: 16 }],
    blocked: 7,
  },
  "odd channels, more than a block": {
    input: [16, 3, 7, 8],
    layers: [{ out: 27 }, { out: 29, bias: true }, { out: 13, kernel: 1 }, { out: 35, stride: 2 }],
    blocked: 9,
  },
  "so few channels that blocks would be mostly zeros": {
    input: [16, 3, 8, 8],
    layers: [{ out: 5 }, { out: 7, stride: 2 }, { out: 6, bias: true }],
    blocked: 3,
  },
  "dilated 5×5": {
    input: [16, 3, 12, 11],
    layers: [{ out: 16, kernel: 5 }, { out: 16, dilation: 2 }, { out: 16, kernel: 5, stride: 2 }],
    blocked: 7,
  },
  "batch that fills no block": {
    input: [20, 3, 8, 8],
    layers: [{ out: 16 }, { out: 32, stride: 2 }, { out: 32 }],
    blocked: 7,
  },
  "batch of one block and a half, two blocks of channels": {
    input: [24, 32, 6, 5],
    layers: [{ out: 48 }, { out: 32 }],
    blocked: 5,
  },
  "batch of unknown size": {
    input: [16, 3, 8, 8],
    layers: [{ out: 16 }, { out: 32, stride: 2 }],
    dynamic: true,
    blocked: 0,
  },
  "with ReLU": {
    input: [16, 3, 5, 5],
    layers: [{ out: 16 }, { out: 16 }],
    activation: "relu",
    blocked: 5,
  },
};

const CLASSES = 4;
const STEPS = 2;

function network({ input: [, channels, height, width], layers, activation }: Case): Model {
  const random = seededRandom(5);
  const g = new GraphBuilder("small");
  let x: Value = g.input("x", "float32", ["N", channels, height, width]);
  let ins = channels;
  layers.forEach(({ out, kernel = 3, dilation = 1, bias = false, ...layer }, i) => {
    const padding = dilation * (kernel - 1) / 2;
    x = conv2d(g, x, { name: `conv${i}`, random, in: ins, out, kernel, dilation, padding, bias, ...layer });
    if (!bias) x = batchNorm2d(g, x, { name: `bn${i}`, features: out });
    x = activation ? g.relu(x) : g.silu(x);
    ins = out;
  });
  g.output(linear(g, globalPool(g, x), { name: "linear", random, in: ins, out: CLASSES }), "y");
  return g.model();
}

/** Loss of every step, and the state after the last. */
async function train(
  runtime: Runtime,
  model: Model | Uint8Array,
  { step, input, double = false }: { step: TrainingStep; input: number[]; double?: boolean },
): Promise<{ losses: number[]; state: Record<string, ArrayLike<number>> }> {
  const random = seededRandom(7);
  const type = (tensors: Tensors) =>
    double
      ? Object.fromEntries(Object.entries(tensors).map(([name, one]) => [name, wider(one)])) as Tensors
      : tensors;
  const session = await runtime.session(model, { carry: step.carry });
  await session.setState(type(step.state));
  const losses: number[] = [];
  for (let i = 0; i < STEPS; i++) {
    const pixels = Float32Array.from({ length: sizeOf(input) }, () => random.normal());
    const labels = Array.from({ length: input[0]! }, (_, example) => (example * 7 + i) % CLASSES);
    const outputs = await session.run(type({
      x: float32(pixels, input),
      [step.targets.labels!]: int64(labels),
      ...step.scalarFeeds(i, 0.2),
    }));
    losses.push(Number(outputs[step.loss]!.data[0]));
  }
  const state = await session.state();
  await session.release();
  return {
    losses,
    state: Object.fromEntries(
      Object.entries(state).map(([name, { data }]) => [name, data as ArrayLike<number> & Float32Array]),
    ),
  };
}

/** How far each tensor moved, in parts of the largest movement within it. */
function movement(
  after: ArrayLike<number>,
  reference: ArrayLike<number>,
  before: ArrayLike<number>,
): [number[], number[]] {
  const moved = Array.from(reference, (value, i) => value - before[i]!);
  const largest = Math.max(...moved.map(Math.abs), Number.MIN_VALUE);
  return [
    Array.from(after, (value, i) => (value - before[i]!) / largest),
    moved.map((value) => value / largest),
  ];
}

for (const [name, example] of Object.entries(CASES)) {
  Deno.test(`training steps on the native engine equal those in float64: ${name}`, async () => {
    const { input } = example;
    const dynamic = network(example);
    const fixed = inferShapes(dynamic, { inputShapes: { x: input } });
    const steps = [fixed, example.dynamic ? dynamic : fixed].map((model) =>
      trainingStep(model, { optimizer: sgd() })
    );
    const [reference, step] = steps as [TrainingStep, TrainingStep];
    const runtime = await openNative();
    const exact = await train(runtime, inFloat64(reference.model).toOnnx(), {
      step: reference,
      input,
      double: true,
    });
    const found = {
      rewritten: await train(runtime, step.model, { step, input }),
      // Bytes are run as they are.
      plain: await train(runtime, step.model.toOnnx(), { step, input }),
    };
    await runtime.close();
    for (const [how, { losses, state }] of Object.entries(found)) {
      assertClose(losses, exact.losses, FLOAT32_STEPS, `losses, ${how}`);
      deepStrictEqual(Object.keys(state), Object.keys(exact.state));
      for (const [parameter, after] of Object.entries(state)) {
        const before = step.state[parameter]!.data as Float32Array;
        const [actual, expected] = movement(after, exact.state[parameter]!, before);
        assert.ok(expected.some((value) => value !== 0), `${parameter} should change`);
        assertClose(actual, expected, FLOAT32_STEPS, `${parameter}, ${how}`);
      }
    }
    const blocks = blockConvolutions(step.model, 16).graph.nodes.filter(({ op, domain }) =>
      op === "Conv" && domain === "com.microsoft.nchwc"
    );
    deepStrictEqual(blocks.length, example.blocked);
  });
}
