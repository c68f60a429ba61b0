import { RangeError } from "../errors.ts";
import { type OptionNames, requireOptions, requireWords } from "../options.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { Model } from "../onnx/model.ts";
import { type Random, seededRandom } from "../random.ts";
import { type Initializer, kaimingNormalFanOut, kaimingUniform, zeros } from "./init.ts";
import { batchNorm2d, conv2d, globalPool, linear, requireParts } from "./layers.ts";

/** Blocks of the four stages, and whether they are bottlenecks of three convolutions rather than two. */
const DEPTHS: Readonly<Record<number, readonly [bottleneck: boolean, blocks: readonly number[]]>> = {
  18: [false, [2, 2, 2, 2]],
  26: [true, [2, 2, 2, 2]],
  34: [false, [3, 4, 6, 3]],
  50: [true, [3, 4, 6, 3]],
  101: [true, [3, 4, 23, 3]],
};

/** Settings of {@linkcode resnetImagenet}. */
export interface ResnetImagenetOptions {
  /** Layers with weights on the main path. From 50 on, and for 26, blocks are bottlenecks. Default 50. */
  depth?: 18 | 26 | 34 | 50 | 101 | undefined;
  /** Classes that it tells apart. Default 1000. */
  classes?: number | undefined;
  /** Side of the images, in pixels. Default 224. */
  image?: number | undefined;
  /** Channels of the first stage, doubled from stage to stage. Default 64. */
  width?: number | undefined;
  /**
   * Initial weights: drawn, or zeros that a checkpoint replaces, which saves the drawing. Default `"random"`.
   */
  weights?: "random" | "zeros" | undefined;
  /** Seed of the initial weights. Default 0. */
  seed?: number | undefined;
}

/** Names of {@linkcode ResnetImagenetOptions}. */
const RESNET_IMAGENET_OPTIONS: OptionNames<ResnetImagenetOptions> = {
  depth: true,
  classes: true,
  image: true,
  width: true,
  weights: true,
  seed: true,
};

/**
 * The ResNet for 224×224 images of He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", 2015,
 * table 1, in the form that PyTorch's torchvision has it (a bottleneck halves the image in its 3×3
 * convolution): `input` [N, 3, image, image] → `logits` [N, classes].
 *
 * Parameters are named and start as in torchvision: `conv1`, `bn1`, `layer{1–4}.{i}.{conv1,bn1,…}`,
 * `layer{1–4}.0.downsample.{0,1}`, `fc`.
 *
 * @throws RangeError for other depths
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { countMacs } from "../onnx/count_macs.ts";
 *
 * const model = resnetImagenet({ depth: 18, weights: "zeros" });
 * assert.deepEqual(countMacs(model), { macs: 1_814_073_344, parameters: 11_689_512 });
 * ```
 */
export function resnetImagenet(
  options: ResnetImagenetOptions = {},
): Model {
  requireOptions("resnetImagenet", options, RESNET_IMAGENET_OPTIONS);
  const { depth = 50, classes = 1000, image = 224, width = 64, weights = "random", seed = 0 } = options;
  requireWords("build a ResNet", { weights }, { weights: { random: true, zeros: true } });
  const known = DEPTHS[depth];
  if (!known) {
    throw new RangeError(
      `Cannot build a ResNet of depth ${depth}: expected ${Object.keys(DEPTHS).join(", ")}`,
    );
  }
  requireParts("a ResNet", "classes", classes, 8 * width);
  const [bottleneck, stages] = known;
  const random = seededRandom(seed, "weights");
  const [init, lastInit] = weights === "zeros" ? [zeros, zeros] : [kaimingNormalFanOut, kaimingUniform];
  const g = new GraphBuilder(`resnet${depth}`);
  let x = g.input("input", "float32", ["N", 3, image, image]);
  x = g.relu(
    convBn(g, x, { conv: "conv1", bn: "bn1" }, { random, init, in: 3, out: width, kernel: 7, stride: 2 }),
  );
  x = g.maxPool(x, [3, 3], { strides: [2, 2], pads: [1, 1, 1, 1] });
  let channels = width;
  stages.forEach((blocks, stage) => {
    for (let i = 0; i < blocks; i++) {
      const inner = width * 2 ** stage;
      const out = bottleneck ? 4 * inner : inner;
      const stride = stage > 0 && i === 0 ? 2 : 1;
      const name = `layer${stage + 1}.${i}`;
      x = block(g, x, { name, in: channels, inner, out, stride, bottleneck, random, init });
      channels = out;
    }
  });
  g.output(
    linear(g, globalPool(g, x), { name: "fc", random, in: channels, out: classes, init: lastInit }),
    "logits",
  );
  return g.model();
}

interface BlockOptions {
  name: string;
  in: number;
  /** Channels between the convolutions. */
  inner: number;
  out: number;
  stride: number;
  bottleneck: boolean;
  random: Random;
  init: Initializer;
}

/** Two or three convolutions, each with batch norm, plus the shortcut, ReLU. */
function block(g: GraphBuilder, x: Value, options: BlockOptions): Value {
  const { name, in: channels, inner, out, stride, bottleneck, random, init } = options;
  const convolutions = bottleneck
    ? [[channels, inner, 1, 1], [inner, inner, 3, stride], [inner, out, 1, 1]] as const
    : [[channels, inner, 3, stride], [inner, out, 3, 1]] as const;
  let y = x;
  convolutions.forEach(([from, to, kernel, step], i) => {
    if (i > 0) y = g.relu(y);
    y = convBn(g, y, { conv: `${name}.conv${i + 1}`, bn: `${name}.bn${i + 1}` }, {
      random,
      init,
      in: from,
      out: to,
      kernel,
      stride: step,
    });
  });
  const shorter = stride === 1 && channels === out ? x : convBn(
    g,
    x,
    { conv: `${name}.downsample.0`, bn: `${name}.downsample.1` },
    { random, init, in: channels, out, kernel: 1, stride },
  );
  return g.relu(g.add(y, shorter));
}

function convBn(
  g: GraphBuilder,
  x: Value,
  { conv, bn }: { conv: string; bn: string },
  options: { random: Random; init: Initializer; in: number; out: number; kernel: number; stride: number },
): Value {
  const padding = (options.kernel - 1) / 2;
  const y = conv2d(g, x, { name: conv, padding, bias: false, ...options });
  return batchNorm2d(g, y, { name: bn, features: options.out });
}
