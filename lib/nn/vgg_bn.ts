import { RangeError } from "../errors.ts";
import { type OptionNames, requireOptions, requireWords } from "../options.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import type { Model } from "../onnx/model.ts";
import { seededRandom } from "../random.ts";
import { kaimingNormalFanOut, normal } from "./init.ts";
import { batchNorm2d, conv2d, globalPool, linear, requireParts } from "./layers.ts";

/** Convolutions per stage; between stages the image is halved by max pooling. */
const STAGES: Record<number, readonly number[]> = {
  11: [1, 1, 2, 2, 2],
  13: [2, 2, 2, 2, 2],
  16: [2, 2, 3, 3, 3],
  19: [2, 2, 4, 4, 4],
};

/** Settings of {@linkcode vggBn}. */
export interface VggBnOptions {
  /** Layers with weights in the original networks, two of whose three linear layers are left out here. */
  depth?: 11 | 13 | 16 | 19 | undefined;
  /** Classes that it tells apart. Default 10. */
  classes?: number | undefined;
  /** Channels of the five stages. Default [64, 128, 256, 512, 512]. */
  widths?: [number, number, number, number, number] | undefined;
  /**
   * How the image ends: `"pooled"` halves it after every stage down to 1×1; `"averaged"` leaves out the last
   * two poolings, so that the last stage works at 4×4, and averages that, as the code of some pruning papers
   * does. Default `"pooled"`.
   */
  ending?: "pooled" | "averaged" | undefined;
  /** Seed of the initial weights. Default 0. */
  seed?: number | undefined;
}

/** Names of {@linkcode VggBnOptions}. */
const VGG_BN_OPTIONS: OptionNames<VggBnOptions> = {
  depth: true,
  classes: true,
  widths: true,
  ending: true,
  seed: true,
};

/**
 * VGG with batch norm in its usual form for 32×32 images: configurations A, B, D and E of Simonyan and
 * Zisserman, "Very Deep Convolutional Networks", 2014, table 1, with one linear layer on the last 1×1 image.
 * `input` [N, 3, 32, 32] → `logits` [N, classes].
 *
 * Parameters are named by position as in torchvision, `features.0.weight` (convolution), `features.1.weight`
 * (its batch norm) …, `classifier`, and weights start as there: convolutions Kaiming normal over their
 * outputs, the linear layer normal with deviation 0.01.
 */
export function vggBn(
  options: VggBnOptions = {},
): Model {
  requireOptions("vggBn", options, VGG_BN_OPTIONS);
  const { depth = 16, classes = 10, widths = [64, 128, 256, 512, 512], ending = "pooled", seed = 0 } =
    options;

  requireWords("build a VGG", { ending }, { ending: { pooled: true, averaged: true } });
  const stages = STAGES[depth];
  if (!stages) {
    throw new RangeError(`Cannot build a VGG of depth ${depth}: expected ${Object.keys(STAGES).join(", ")}`);
  }
  requireParts("a VGG", "classes", classes, widths.at(-1)!);
  const random = seededRandom(seed, "weights");
  const g = new GraphBuilder(`vgg${depth}_bn_cifar`);
  let x = g.input("input", "float32", ["N", 3, 32, 32]);
  let channels = 3;
  let position = 0;
  stages.forEach((convolutions, stage) => {
    const out = widths[stage]!;
    for (let i = 0; i < convolutions; i++) {
      x = conv2d(g, x, {
        name: `features.${position}`,
        random,
        in: channels,
        out,
        kernel: 3,
        padding: 1,
        init: kaimingNormalFanOut,
      });
      x = g.relu(batchNorm2d(g, x, { name: `features.${position + 1}`, features: out }));
      channels = out;
      position += 3;
    }
    if (ending === "pooled" || stage < 3) x = g.maxPool(x, [2, 2], { strides: [2, 2] });
    position++;
  });
  x = ending === "pooled" ? g.flatten(x) : globalPool(g, x);
  g.output(
    linear(g, x, { name: "classifier", random, in: channels, out: classes, init: normal(0.01) }),
    "logits",
  );
  return g.model();
}
