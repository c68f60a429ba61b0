import assert, { deepStrictEqual } from "node:assert/strict";
import { batchNorm2d, conv2d, globalPool, linear } from "../../../lib/nn/layers.ts";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { type AnyTensor, float32, sizeOf } from "../../../lib/tensor/tensor.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { prune } from "../../../lib/prune/prune.ts";
import { seededRandom } from "../../../lib/random.ts";
import { openNative } from "../../../lib/runtime/native.ts";
import { padChannels } from "../../../lib/onnx/passes/padded_channels.ts";
import { convolveShortcuts } from "../../../lib/runtime/shortcut_convolutions.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";

const BLOCK = 16;

/** Builds on x of 13 channels; gives the outputs. */
type Body = (g: GraphBuilder, x: Value, layer: Layer) => Value[];
type Layer = (x: Value, ins: number, out: number, more?: object) => Value;

/** Networks whose convolutions have 13, 14, 15, 29 and 31 channels, and how many Slices are left to cut them out. */
const NETWORKS: Record<string, { body: Body; slices: number }> = {
  "a chain": { body: (g, x, layer) => [layer(g.relu(x), 13, 15)], slices: 0 },
  "residual": { body: (g, x, layer) => [layer(g.add(x, layer(g.relu(x), 13, 13)), 13, 7)], slices: 0 },
  "activations that keep zeros": {
    body: (g, x, layer) => [
      layer(g.hardSwish(layer(g.tanh(layer(g.leakyRelu(x, 0.2), 13, 14)), 14, 31)), 31, 3),
    ],
    slices: 0,
  },
  "a clip around zero, and one that is not": {
    body: (g, x, layer) => [layer(g.clip(layer(g.clip(x, 0, 6), 13, 15), 0.5, 2), 15, 4)],
    slices: 1,
  },
  "sigmoid, which makes halves of zeros": {
    body: (g, x, layer) => [layer(g.sigmoid(x), 13, 4), layer(x, 13, 4)],
    slices: 1,
  },
  "pooling": {
    body: (g, x, layer) => [
      layer(
        g.averagePool(layer(g.maxPool(x, [2, 2]), 13, 14), [2, 2], {
          pads: [1, 1, 0, 0],
          count_include_pad: 1,
        }),
        14,
        5,
      ),
    ],
    slices: 0,
  },
  "an inner value that is an output": { body: (_, x, layer) => [x, layer(x, 13, 5)], slices: 1 },
  "depthwise with bias": {
    body: (_, x, layer) => [layer(layer(x, 13, 13, { groups: 13 }), 13, 5)],
    slices: 0,
  },
  "concatenation": {
    body: (g, x, layer) => [layer(g.concat([layer(x, 13, 14), layer(x, 13, 15)], 1), 29, 5)],
    slices: 0,
  },
  "every second pixel, channels of zeros around": {
    body: (g, x, layer) => [layer(g.pad(everySecond(g, x), [0, 7, 0, 0, 0, 9, 0, 0]), 29, 5)],
    slices: 0,
  },
  "pixels of zeros around as well": {
    body: (g, x, layer) => [layer(g.pad(everySecond(g, x), [0, 8, 1, 0, 0, 9, 0, 2]), 30, 5)],
    slices: 1, // the one that takes pixels
  },
};

function everySecond(g: GraphBuilder, x: Value): Value {
  return g.slice(x, [0, 0], [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER], [2, 3], [2, 2]);
}

function network(body: Body): Model {
  const random = seededRandom(2);
  const g = new GraphBuilder("odd");
  let count = 0;
  const layer: Layer = (x, ins, out, more = {}) => {
    const name = `conv${count++}`;
    return conv2d(g, x, { name, random, in: ins, out, kernel: 3, padding: 1, ...more });
  };
  let x = layer(g.input("x", "float32", ["N", 3, 8, 9]), 3, 13, { bias: false });
  x = batchNorm2d(g, x, { name: "bn", features: 13 });
  // As after training.
  const trained = new Map<string, AnyTensor>();
  for (const [i, name] of ["weight", "bias", "running_mean", "running_var"].entries()) {
    const values = Float32Array.from({ length: 13 }, () => random.uniform(i > 1 ? 0.3 : 0.5, 1.5));
    trained.set(`bn.${name}`, float32(values));
  }
  body(g, x, layer).forEach((y, i) => g.output(y, `y${i}`));
  const model = g.model();
  const initializers = new Map([...model.graph.initializers, ...trained]);
  return model.withGraph({ ...model.graph, initializers });
}

async function same(original: Model, padded: Model, dims: number[]): Promise<void> {
  const runtime = await openNative();
  const random = seededRandom(4);
  const pixels = Float32Array.from({ length: sizeOf(dims) }, () => random.normal());
  const outputs = [];
  for (const model of [original, padded]) {
    // Bytes are run as they are.
    const session = await runtime.session(model.toOnnx());
    outputs.push(await session.run({ [model.graph.inputs[0]!]: float32(pixels, dims) }));
  }
  await runtime.close();
  const [plain, wide] = outputs as [typeof outputs[0], typeof outputs[0]];
  deepStrictEqual(Object.keys(wide!), Object.keys(plain!));
  for (const [name, { dims, data }] of Object.entries(plain!)) {
    deepStrictEqual(wide![name]!.dims, dims);
    assertClose(wide![name]!.data as Float32Array, data as Float32Array, REORDERED_FLOAT32, name);
  }
}

function countOf(model: Model, op: string): number {
  return model.graph.nodes.filter((node) => node.op === op).length;
}

for (const [name, { body, slices }] of Object.entries(NETWORKS)) {
  Deno.test(`channels padded to blocks compute the same: ${name}`, async () => {
    const model = network(body);
    const padded = padChannels(convolveShortcuts(model), BLOCK);
    const kernels = padded.graph.nodes.filter(({ op }) => op === "Conv").map(({ inputs }) =>
      padded.graph.initializers.get(inputs[1]!)!.dims
    );
    assert.ok(kernels.some(([, ins]) => ins! % BLOCK === 0), "some convolution should have full blocks");
    deepStrictEqual(countOf(padded, "Slice"), slices);
    await same(model, padded, [2, 3, 8, 9]);
  });
}

Deno.test("a pruned ResNet on padded channels gives the same answers, with no Pad or Slice left within it", async () => {
  const model = resnetCifar({ depth: 20 });
  const pruned = prune(model, planPruning(model, { target: { macs: 0.8 }, criterion: "l2", roundTo: 1 }));
  const padded = padChannels(convolveShortcuts(pruned), BLOCK);
  deepStrictEqual(countOf(padded, "Pad"), 0);
  assert.ok(countOf(padded, "Slice") <= 1, "only the pooled features are cut");
  await same(pruned, padded, [3, 3, 32, 32]);
});

Deno.test("nothing is padded without need: full blocks, multiples of four, mostly zeros, weights that may be fed", () => {
  for (const width of [16, 32, 12, 28, 9, 18]) {
    const g = new GraphBuilder("net");
    const random = seededRandom(1);
    const x = conv2d(g, g.input("x", "float32", ["N", 3, 8, 8]), {
      name: "a",
      random,
      in: 3,
      out: width,
      kernel: 3,
    });
    const y = conv2d(g, g.relu(x), { name: "b", random, in: width, out: 5, kernel: 3 });
    g.output(linear(g, globalPool(g, y), { name: "linear", random, in: 5, out: 2 }), "y");
    deepStrictEqual(padChannels(g.model(), BLOCK).graph, g.model().graph, `${width}`);
  }
  const model = network((g, x, layer) => [layer(g.relu(x), 13, 5)]);
  const fed = model.withGraph({
    ...model.graph,
    inputs: [...model.graph.inputs, ...model.graph.initializers.keys()],
  });
  deepStrictEqual(padChannels(fed, BLOCK), fed);
});
