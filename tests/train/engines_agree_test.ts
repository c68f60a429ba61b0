import assert from "node:assert/strict";
import { batchNorm2d, conv2d, linear } from "../../lib/nn/layers.ts";
import { swinir } from "../../lib/nn/swinir.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, int64, numbersOf, sizeOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import type { EngineName, Runtime } from "../../lib/runtime/runtime.ts";
import { openNative } from "../../lib/runtime/native.ts";
import { crossEntropy, type Loss, meanSquaredError } from "../../lib/train/losses.ts";
import { sgd } from "../../lib/train/optimizers.ts";
import { trainingStep } from "../../lib/train/training_step.ts";
import { assertClose, type Tolerance } from "../close.ts";
import { withEngine } from "./engines.ts";

/** Five steps of the same training on another engine: float32 sums in another order, which steps amplify. */
const FIVE_STEPS: Tolerance = { absolute: 2e-6, relative: 2e-5 };

const SHAPE = [4, 3, 12, 12];

/**
 * Convolution, batch norm, ReLU, pooling, linear. The second convolution has two outputs for each input and
 * stride 2, the pooling windows overlap: both have gradients that WebGPU's own operators do not give.
 */
function network(): Model {
  const random = seededRandom(3);
  const g = new GraphBuilder("network");
  let x = g.input("input", "float32", ["N", ...SHAPE.slice(1)]);
  x = conv2d(g, x, { name: "conv1", random, in: 3, out: 4, kernel: 3, padding: 1, bias: false });
  x = g.relu(batchNorm2d(g, x, { name: "bn1", features: 4 })); // [N, 4, 12, 12]
  x = g.maxPool(x, [3, 3], { strides: [2, 2], pads: [1, 1, 1, 1] }); // [N, 4, 6, 6]
  x = conv2d(g, x, { name: "conv2", random, in: 4, out: 8, kernel: 3, stride: 2, padding: 1, groups: 4 });
  x = g.relu(batchNorm2d(g, x, { name: "bn2", features: 8 })); // [N, 8, 3, 3]
  g.output(linear(g, g.flatten(x), { name: "linear", random, in: 72, out: 5 }), "logits");
  return g.model();
}

/** What is trained, on what, at which rate. */
interface Run {
  model: Model;
  loss: Loss;
  inputs: Tensor;
  targets: Tensor;
  rate: number;
}

const random = seededRandom(4);
const normal = (...dims: number[]) =>
  float32(Float32Array.from({ length: sizeOf(dims) }, () => random.normal()), dims);

const RUNS: Record<string, Run> = {
  "a convolutional network": {
    model: network(),
    loss: crossEntropy(),
    inputs: normal(...SHAPE),
    targets: int64([0, 1, 2, 3]),
    rate: 0.05,
  },
  // Mirrored to whole windows and cropped again, shifted windows, a pixel shuffle.
  "SwinIR on sizes that windows do not divide": {
    model: swinir({ features: 12, depths: [2], heads: 2, window: 4, seed: 5 }),
    loss: meanSquaredError(),
    inputs: normal(2, 3, 7, 6),
    targets: float32(new Float32Array(1008).fill(1), [2, 3, 14, 12]),
    rate: 0.03,
  },
};

/** Losses of five steps, and everything that was trained. */
async function train(
  runtime: Runtime,
  { model, loss, inputs, targets, rate }: Run,
): Promise<{ losses: number[]; weights: Record<string, number[]> }> {
  const step = trainingStep(model, { loss, optimizer: sgd({ momentum: 0.9 }) });
  const session = await runtime.session(step.model, { carry: step.carry });
  await session.setState(step.state);
  const [target] = Object.values(step.targets) as [string];
  const losses: number[] = [];
  for (let i = 0; i < 5; i++) {
    const outputs = await session.run({ input: inputs, [target]: targets, ...step.scalarFeeds(i, rate) });
    losses.push(...numbersOf(outputs[step.loss]!));
  }
  const weights = step.weights(await session.state());
  await session.release();
  return {
    losses,
    weights: Object.fromEntries(
      Object.entries(weights).map(([name, tensor]) => [name, numbersOf(tensor)]),
    ),
  };
}

/** The same on one thread of native code, to compare with. */
const reference = async (run: Run) => {
  const runtime = await openNative({ threads: 1 });
  const result = await train(runtime, run);
  await runtime.close();
  return result;
};

for (const engine of ["native", "wasm", "webgpu"] satisfies EngineName[]) {
  for (const [name, run] of Object.entries(RUNS)) {
    withEngine(
      `five steps of training give the losses and weights of native code: ${name}`,
      engine,
      async (runtime) => {
        const [expected, actual] = [await reference(run), await train(runtime, run)];
        assert.ok(expected.losses.at(-1)! < 0.5 * expected.losses[0]!, `it learns: ${expected.losses}`);
        assertClose(actual.losses, expected.losses, FIVE_STEPS, "losses");
        for (const [name, numbers] of Object.entries(expected.weights)) {
          assertClose(actual.weights[name]!, numbers, FIVE_STEPS, name);
        }
      },
    );
  }
}
