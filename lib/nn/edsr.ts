import { RangeError } from "../errors.ts";
import { type OptionNames, requireOptions, requireWords } from "../options.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { Model } from "../onnx/model.ts";
import { type Random, seededRandom } from "../random.ts";
import { conv2d, requireParts } from "./layers.ts";
import { addMean, subtractMean } from "./rgb_mean.ts";

/** The two sizes of the paper. */
const VARIANTS = {
  baseline: { features: 64, blocks: 16, residualScale: 1 },
  L: { features: 256, blocks: 32, residualScale: 0.1 },
} as const;

/** Pixel shuffles, one after the other, of each scale. */
const SHUFFLES: Readonly<Record<number, readonly number[]>> = { 2: [2], 3: [3], 4: [2, 2] };

/** Settings of {@linkcode edsr}. */
export interface EdsrOptions {
  /** Times that sides get longer. Default 2. */
  scale?: 2 | 3 | 4 | undefined;
  /**
   * `"baseline"`: 64 channels, 16 blocks; `"L"`: 256 channels, 32 blocks, residuals by 0.1. Default
   * `"baseline"`.
   */
  variant?: "baseline" | "L" | undefined;
  /** Channels between the convolutions. Default the variant's. */
  features?: number | undefined;
  /** Residual blocks. Default the variant's. */
  blocks?: number | undefined;
  /** Factor of what a block adds. Default the variant's. */
  residualScale?: number | undefined;
  /** Channels of the images: 3 for RGB, 1 for luma. Default 3. */
  channels?: number | undefined;
  /** Seed of the initial weights. Default 0. */
  seed?: number | undefined;
}

/** Names of {@linkcode EdsrOptions}. */
const EDSR_OPTIONS: OptionNames<EdsrOptions> = {
  scale: true,
  variant: true,
  features: true,
  blocks: true,
  residualScale: true,
  channels: true,
  seed: true,
};

/**
 * EDSR of B. Lim, S. Son, H. Kim, S. Nah, K. M. Lee, "Enhanced deep residual networks for single image
 * super-resolution", CVPRW 2017: `input` [N, channels, H, W] → `output` [N, channels, scale · H, scale · W],
 * both from 0 to 1, for any H and W.
 *
 * Parameters are named as in BasicSR, so that its checkpoints fit: `conv_first`, `body.{i}.{conv1,conv2}`,
 * `conv_after_body`, `upsample.{0,2}`, `conv_last`; they start as PyTorch's convolutions do.
 *
 * @throws {RangeError} for another scale than 2, 3 and 4
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { countMacs } from "../onnx/count_macs.ts";
 *
 * const { macs, parameters } = countMacs(edsr(), { inputShapes: { input: [1, 3, 360, 640] } });
 * assert.equal(parameters, 1_369_859);
 * assert.equal((macs / 1e9).toFixed(1), "316.2");
 * ```
 */
export function edsr(
  options: EdsrOptions = {},
): Model {
  requireOptions("edsr", options, EDSR_OPTIONS);
  const { scale = 2, variant = "baseline", channels = 3, seed = 0, ...sizes } = options;
  requireWords("build EDSR", { variant }, { variant: VARIANTS });
  const shuffles = SHUFFLES[scale];
  if (!shuffles) throw new RangeError(`Cannot build EDSR with scale ${scale}: expected 2, 3 or 4`);
  const { features = VARIANTS[variant].features, blocks = VARIANTS[variant].blocks } = sizes;
  const { residualScale = VARIANTS[variant].residualScale } = sizes;
  requireParts("EDSR", "blocks", blocks, 18 * features ** 2);
  const random = seededRandom(seed, "weights");
  const g = new GraphBuilder(`edsr_${variant}_x${scale}`);
  const input = g.input("input", "float32", ["N", channels, "H", "W"]);
  const x = g.mul(subtractMean(g, input, channels), 255);
  let y = residualBody(g, x, { channels, features, blocks, residualScale, random });
  shuffles.forEach((factor, i) => {
    y = conv3x3(g, y, { name: `upsample.${2 * i}`, random, in: features, out: features * factor ** 2 });
    y = g.depthToSpace(y, factor, "CRD");
  });
  y = conv3x3(g, y, { name: "conv_last", random, in: features, out: channels });
  g.output(addMean(g, g.div(y, 255), channels), "output");
  return g.model();
}

/** A convolution that keeps height and width. */
export function conv3x3(
  g: GraphBuilder,
  x: Value,
  options: { name: string; random: Random; in: number; out: number },
): Value {
  return conv2d(g, x, { kernel: 3, padding: 1, ...options });
}

/** Settings of {@linkcode residualBody}. */
export interface ResidualBodyOptions {
  /** Channels of the input. */
  channels: number;
  /** Channels within the body, and of its output. */
  features: number;
  /** Number of residual blocks. */
  blocks: number;
  /** Each block's residual is multiplied by this before it is added. Default 1. */
  residualScale?: number | undefined;
  /** Source of the initial weights. */
  random: Random;
}

/**
 * `conv_first`, blocks of two convolutions around ReLU, and `conv_after_body`, with a connection past each
 * block and all.
 */
export function residualBody(
  g: GraphBuilder,
  x: Value,
  { channels, features, blocks, residualScale = 1, random }: ResidualBodyOptions,
): Value {
  const conv = (value: Value, name: string) =>
    conv3x3(g, value, { name, random, in: features, out: features });
  const first = conv3x3(g, x, { name: "conv_first", random, in: channels, out: features });
  let y = first;
  for (let i = 0; i < blocks; i++) {
    const change = conv(g.relu(conv(y, `body.${i}.conv1`)), `body.${i}.conv2`);
    y = g.add(y, residualScale === 1 ? change : g.mul(change, residualScale));
  }
  return g.add(conv(y, "conv_after_body"), first);
}
