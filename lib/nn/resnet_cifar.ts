import { RangeError } from "../errors.ts";
import { type OptionNames, requireOptions, requireWords } from "../options.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { Model } from "../onnx/model.ts";
import { type Random, seededRandom } from "../random.ts";
import { kaimingNormal } from "./init.ts";
import { batchNorm2d, conv2d, globalPool, linear, requireParts } from "./layers.ts";

/** Settings of {@linkcode resnetCifar}. */
export interface ResnetCifarOptions {
  /** Layers with weights on the main path: 6n + 2. Default 20. */
  depth?: 20 | 32 | 44 | 56 | 110 | undefined;
  /**
   * Shortcut between blocks of different shapes: `"A"` takes every second pixel and pads channels with zeros,
   * half in front and half behind, without parameters; `"B"` is a 1×1 convolution with batch norm. Default
   * `"A"`.
   */
  shortcut?: "A" | "B" | undefined;
  /** Classes that it tells apart. Default 10. */
  classes?: number | undefined;
  /** Channels of the three stages. Default [16, 32, 64]. */
  widths?: [number, number, number] | undefined;
  /** Seed of the initial weights. Default 0. */
  seed?: number | undefined;
}

/** Names of {@linkcode ResnetCifarOptions}. */
const RESNET_CIFAR_OPTIONS: OptionNames<ResnetCifarOptions> = {
  depth: true,
  shortcut: true,
  classes: true,
  widths: true,
  seed: true,
};

/**
 * The ResNet for 32×32 images of He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", 2015,
 * section 4.2: `input` [N, 3, 32, 32] → `logits` [N, classes].
 *
 * Convolutions and the last layer start Kaiming normal (the paper's reference [13]), without biases on the
 * convolutions. Parameter names are `conv1`, `bn1`, `layer{1,2,3}.{i}.{conv1,bn1,conv2,bn2}`, for option B
 * also `layer{2,3}.0.shortcut.{0,1}`, and `linear`, as in the usual PyTorch checkpoints.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { countMacs } from "../onnx/count_macs.ts";
 *
 * const model = resnetCifar({ depth: 20 });
 * assert.deepEqual(countMacs(model), { macs: 40_551_040, parameters: 269_722 });
 * ```
 */
export function resnetCifar(
  options: ResnetCifarOptions = {},
): Model {
  requireOptions("resnetCifar", options, RESNET_CIFAR_OPTIONS);
  const { depth = 20, shortcut = "A", classes = 10, widths = [16, 32, 64], seed = 0 } = options;
  requireWords("build a CIFAR ResNet", { shortcut }, { shortcut: { A: true, B: true } });
  if (!Number.isInteger(depth) || depth < 8 || (depth - 2) % 6 !== 0) {
    throw new RangeError(
      `Cannot build a CIFAR ResNet of depth ${depth}: expected 6n + 2, such as 20, 56 or 110`,
    );
  }
  requireParts("a CIFAR ResNet", "classes", classes, widths[2]);
  requireParts("a CIFAR ResNet", "blocks", (depth - 2) / 2, 18 * Math.max(...widths) ** 2);
  const random = seededRandom(seed, "weights");
  const g = new GraphBuilder(`resnet${depth}_cifar`);
  let x = g.input("input", "float32", ["N", 3, 32, 32]);
  x = convBn(g, x, { conv: "conv1", bn: "bn1", random }, { in: 3, out: widths[0], kernel: 3 });
  x = g.relu(x);
  let channels = widths[0];
  widths.forEach((width, stage) => {
    for (let i = 0; i < (depth - 2) / 6; i++) {
      const stride = stage > 0 && i === 0 ? 2 : 1;
      x = block(g, x, { name: `layer${stage + 1}.${i}`, in: channels, out: width, stride, shortcut, random });
      channels = width;
    }
  });
  x = globalPool(g, x);
  g.output(
    linear(g, x, { name: "linear", random, in: channels, out: classes, init: kaimingNormal }),
    "logits",
  );
  return g.model();
}

interface BlockOptions {
  name: string;
  in: number;
  out: number;
  stride: number;
  shortcut: "A" | "B";
  random: Random;
}

/** conv–BN–ReLU–conv–BN, plus the shortcut, ReLU. */
function block(g: GraphBuilder, x: Value, options: BlockOptions): Value {
  const { name, in: channels, out, stride, shortcut, random } = options;
  let y = convBn(g, x, { conv: `${name}.conv1`, bn: `${name}.bn1`, random }, {
    in: channels,
    out,
    kernel: 3,
    stride,
  });
  y = g.relu(y);
  y = convBn(g, y, { conv: `${name}.conv2`, bn: `${name}.bn2`, random }, { in: out, out, kernel: 3 });
  let shorter = x;
  if (stride !== 1 || channels !== out) {
    shorter = shortcut === "A"
      ? shortcutA(g, x, out - channels, stride)
      : convBn(g, x, { conv: `${name}.shortcut.0`, bn: `${name}.shortcut.1`, random }, {
        in: channels,
        out,
        kernel: 1,
        stride,
      });
  }
  return g.relu(g.add(y, shorter));
}

function shortcutA(g: GraphBuilder, x: Value, added: number, stride: number): Value {
  if (added < 0) {
    throw new RangeError(
      `Cannot join blocks with shortcut "A" where a stage has ${-added} channels fewer than the one before: ` +
        `use shortcut "B"`,
    );
  }
  const big = Number.MAX_SAFE_INTEGER;
  const strided = stride === 1 ? x : g.slice(x, [0, 0], [big, big], [2, 3], [stride, stride]);
  const front = Math.floor(added / 2);
  return added === 0 ? strided : g.pad(strided, [0, front, 0, 0, 0, added - front, 0, 0]);
}

function convBn(
  g: GraphBuilder,
  x: Value,
  { conv, bn, random }: { conv: string; bn: string; random: Random },
  options: { in: number; out: number; kernel: 1 | 3; stride?: number },
): Value {
  const padding = options.kernel === 3 ? 1 : 0;
  const y = conv2d(g, x, { name: conv, random, padding, bias: false, init: kaimingNormal, ...options });
  return batchNorm2d(g, y, { name: bn, features: options.out });
}
