import { type OptionNames, requireOptions } from "../options.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import type { Model } from "../onnx/model.ts";
import { seededRandom } from "../random.ts";
import { bicubicUpsample } from "./bicubic.ts";
import { residualBody } from "./edsr.ts";
import { kaimingUniform, scaled, zeros } from "./init.ts";
import { conv2d } from "./layers.ts";

/** Settings of {@linkcode edsrTiny}. */
export interface EdsrTinyOptions {
  /** Times that sides get longer. Default 2. */
  scale?: number | undefined;
  /** Channels between the convolutions. Default 12. */
  features?: number | undefined;
  /** Residual blocks. Default 3. */
  blocks?: number | undefined;
  /** Channels of the images: 1 for luma, 3 for RGB. Default 1. */
  channels?: number | undefined;
  /** Seed of the initial weights. Default 0. */
  seed?: number | undefined;
}

/** Names of {@linkcode EdsrTinyOptions}. */
const EDSR_TINY_OPTIONS: OptionNames<EdsrTinyOptions> = {
  scale: true,
  features: true,
  blocks: true,
  channels: true,
  seed: true,
};

/**
 * A small super-resolution network that learns within hundreds of steps, because it starts as bicubic
 * interpolation: EDSR's residual blocks (B. Lim and others, "Enhanced deep residual networks for single image
 * super-resolution", CVPRW 2017) behind a skip connection that enlarges the input itself, and one pixel
 * shuffle at the end. `input` [N, channels, H, W] → `output` [N, channels, scale · H, scale · W], both from 0
 * to 1, for any H and W from 2.
 *
 * Parameters are named as in the larger networks: `conv_first`, `body.{i}.{conv1,conv2}`, `conv_after_body`,
 * `conv_last`. They start as PyTorch's, the last convolution a tenth of that and without bias.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const { graph } = edsrTiny();
 * const weights = [...graph.initializers].filter(([name]) => name.endsWith(".weight"));
 * assert.equal(weights.reduce((sum, [, { dims }]) => sum + dims.reduce((a, b) => a * b), 0), 9612);
 * assert.deepEqual(graph.values.get("output")!.shape, ["N", 1, "2*H", "2*W"]);
 * ```
 */
export function edsrTiny(
  options: EdsrTinyOptions = {},
): Model {
  requireOptions("edsrTiny", options, EDSR_TINY_OPTIONS);
  const { scale = 2, features = 12, blocks = 3, channels = 1, seed = 0 } = options;
  const random = seededRandom(seed, "weights");
  const g = new GraphBuilder("edsr_tiny");
  const x = g.input("input", "float32", ["N", channels, "H", "W"]);
  const y = conv2d(g, residualBody(g, x, { channels, features, blocks, random }), {
    name: "conv_last",
    random,
    in: features,
    out: channels * scale ** 2,
    kernel: 3,
    padding: 1,
    init: scaled(0.1, kaimingUniform),
    biasInit: zeros,
  });
  g.output(g.add(bicubicUpsample(g, x, scale), g.depthToSpace(y, scale, "CRD")), "output");
  return g.model();
}
