import { RangeError } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { Model } from "../onnx/model.ts";
import { int64 } from "../tensor/tensor.ts";
import { type Random, seededRandom } from "../random.ts";
import { conv3x3 } from "./edsr.ts";
import { normal, zeros } from "./init.ts";
import { layerNorm, linear, requireParts } from "./layers.ts";
import { mirrorToMultiple } from "./mirror_to_multiple.ts";
import { addMean, subtractMean } from "./rgb_mean.ts";
import { windowAttention, windowGrid } from "./window_attention.ts";

/** Settings of {@linkcode swinir}. The defaults are SwinIR-light. */
export interface SwinirOptions {
  /** Times that sides get longer. Default 2. */
  scale?: number | undefined;
  /** Channels between the layers, a multiple of `heads`. Default 60. */
  features?: number | undefined;
  /** Transformer blocks in each residual group; every second one is shifted. Default [6, 6, 6, 6]. */
  depths?: readonly number[] | undefined;
  /** Attention heads. Default 6. */
  heads?: number | undefined;
  /** Side of the windows, in pixels: even. Default 8. */
  window?: number | undefined;
  /** Hidden size of the two-layer network in a block over `features`. Default 2. */
  mlpRatio?: number | undefined;
  /** Channels of the images: 3 for RGB, 1 for luma. Default 3. */
  channels?: number | undefined;
  /** Seed of the initial weights. Default 0. */
  seed?: number | undefined;
}

/** Names of {@linkcode SwinirOptions}. */
const SWINIR_OPTIONS: OptionNames<SwinirOptions> = {
  scale: true,
  features: true,
  depths: true,
  heads: true,
  window: true,
  mlpRatio: true,
  channels: true,
  seed: true,
};

/** A SwinIR for first runs and tests: 37,224 weights at ×2. */
export const SWINIR_TINY: Readonly<Pick<SwinirOptions, "features" | "depths" | "heads">> = {
  features: 24,
  depths: [2, 2],
  heads: 3,
};

/**
 * SwinIR for lightweight super-resolution, of J. Liang, J. Cao, G. Sun, K. Zhang, L. Van Gool, R. Timofte,
 * "SwinIR: image restoration using Swin Transformer", ICCVW 2021: `input` [N, channels, H, W] → `output` [N,
 * channels, scale · H, scale · W], both from 0 to 1.
 *
 * H and W may be anything: the graph mirrors the image to a multiple of the window on the right and below,
 * without repeating the edge, and crops the result. Drop path, which the paper trains with, is left out.
 *
 * Parameters are named as in SwinIR's and BasicSR's checkpoints: `conv_first`, `patch_embed.norm`,
 * `layers.{g}.residual_group.blocks.{b}` with `norm1`, `attn.qkv`, `attn.proj`,
 * `attn.relative_position_bias_table`, `norm2`, `mlp.fc1` and `mlp.fc2`,
 * `layers.{g}.conv`, `norm`, `conv_after_body`, `upsample.0`. Linear layers and tables start normal with
 * deviation 0.02, biases of linear layers at 0, convolutions as PyTorch's.
 *
 * @throws {RangeError} where the heads do not divide the features, or the window is odd
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { countMacs } from "../onnx/count_macs.ts";
 *
 * const { macs, parameters } = countMacs(swinir(), { inputShapes: { input: [1, 3, 360, 640] } });
 * assert.equal(parameters, 910_152);
 * assert.equal((macs / 1e9).toFixed(1), "240.9");
 * ```
 */
export function swinir(
  options: SwinirOptions = {},
): Model {
  requireOptions("swinir", options, SWINIR_OPTIONS);
  const {
    scale = 2,
    features = 60,
    depths = [6, 6, 6, 6],
    heads = 6,
    window = 8,
    mlpRatio = 2,
    channels = 3,
    seed = 0,
  } = options;
  if (!Number.isInteger(scale) || scale < 1 || features % heads !== 0 || window < 2 || window % 2 !== 0) {
    throw new RangeError(
      `Cannot build SwinIR ×${scale} with ${features} features, ${heads} heads and windows of ${window}: expected a ` +
        `whole scale, heads that divide the features, and an even window`,
    );
  }
  requireParts("SwinIR", "blocks", depths.length, 9 * features ** 2);
  for (const depth of depths) requireParts("SwinIR", "blocks", depth, (4 + 2 * mlpRatio) * features ** 2);
  const random = seededRandom(seed, "weights");
  const g = new GraphBuilder(`swinir_x${scale}`);
  const input = g.input("input", "float32", ["N", channels, "H", "W"]);
  const x = mirrorToMultiple(g, subtractMean(g, input, channels), window);
  const conv = (value: Value, name: string) =>
    conv3x3(g, value, { name, random, in: features, out: features });
  const first = conv3x3(g, x, { name: "conv_first", random, in: channels, out: features }); // [N, C, H', W']
  const grid = windowGrid(g, first, { window });
  /** Rows of channels, pixel by pixel, and back: [N, C, H', W'] ⇄ [N·H'·W', C]. */
  const toTokens = (map: Value) => g.reshape(g.transpose(map, [0, 2, 3, 1]), [-1, features]);
  const toMap = (tokens: Value) => g.transpose(g.reshape(tokens, grid.rows(features)), [0, 3, 1, 2]);

  let t = layerNorm(g, toTokens(first), { name: "patch_embed.norm", features });
  depths.forEach((depth, group) => {
    let u = t;
    for (let i = 0; i < depth; i++) {
      const name = `layers.${group}.residual_group.blocks.${i}`;
      const normed = layerNorm(g, u, { name: `${name}.norm1`, features });
      const shift = i % 2 === 0 ? 0 : window / 2;
      u = g.add(
        u,
        windowAttention(g, normed, { name: `${name}.attn`, random, features, heads, shift, grid }),
      );
      u = g.add(u, feedForward(g, u, { name, random, features, hidden: Math.floor(features * mlpRatio) }));
    }
    t = g.add(t, toTokens(conv(toMap(u), `layers.${group}.conv`)));
  });
  const y = g.add(conv(toMap(layerNorm(g, t, { name: "norm", features })), "conv_after_body"), first);
  const up = conv3x3(g, y, { name: "upsample.0", random, in: features, out: channels * scale ** 2 });
  const whole = addMean(g, g.depthToSpace(up, scale, "CRD"), channels);
  g.output(cropTo(g, whole, input, scale), "output");
  return g.model();
}

/** Linear, GELU, linear, behind a norm. */
function feedForward(
  g: GraphBuilder,
  x: Value,
  { name, random, features, hidden }: { name: string; random: Random; features: number; hidden: number },
): Value {
  const layer = (value: Value, which: string, from: number, out: number) =>
    linear(g, value, {
      name: `${name}.mlp.${which}`,
      random,
      in: from,
      out,
      init: normal(0.02),
      biasInit: zeros,
    });
  const normed = layerNorm(g, x, { name: `${name}.norm2`, features });
  return layer(g.gelu(layer(normed, "fc1", features, hidden)), "fc2", hidden, features);
}

/** The top left of an enlarged image that belongs to `input`: what was mirrored is cut off again. */
function cropTo(g: GraphBuilder, image: Value, input: Value, scale: number): Value {
  const sides = (value: Value) => g.node("Shape", [value], { start: 2, end: 4 })[0]!;
  const wanted = g.mul(sides(input), g.constant(int64([scale], [])));
  const missing = g.sub(wanted, sides(image));
  return g.pad(image, g.concat([g.ints([0, 0, 0, 0, 0, 0]), missing], 0));
}
