import { RangeError } from "../errors.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import { limits, raised } from "../limits.ts";
import { quoted } from "../printable.ts";
import { float32, sizeOf, type Tensor } from "../tensor/tensor.ts";
import type { Random } from "../random.ts";
import { fanIn, type Initializer, kaimingUniform, normal, uniform } from "./init.ts";

/**
 * Layers as functions on a graph under construction. Parameters are stored under PyTorch's names
 * (`<name>.weight`, `<name>.running_mean`) with PyTorch's shapes, so that its checkpoints fit. Each tensor is
 * drawn from a stream of its own name: a layer added or widened does not change how the others start.
 */
export interface LayerOptions {
  /** Prefix of the parameters' names, e.g. `"layer1.0.conv1"`. */
  name: string;
  /** Where initial values are drawn from. */
  random: Random;
}

/** Settings of {@linkcode conv2d}. */
export interface ConvOptions extends LayerOptions {
  /** Input channels. */
  in: number;
  /** Output channels. */
  out: number;
  /** Height and width of the kernel; one number for a square. */
  kernel: number | [number, number];
  /** Pixels from one place of the kernel to the next. Default 1. */
  stride?: number | undefined;
  /** Zeros on each side. Default 0. */
  padding?: number | undefined;
  /** Pixels between the taps of the kernel. Default 1. */
  dilation?: number | undefined;
  /** Groups of channels that do not mix. Default 1. */
  groups?: number | undefined;
  /** Whether a number is added to each channel. Default true. */
  bias?: boolean | undefined;
  /** First values of the weight. Default: Kaiming uniform with a = √5, as in PyTorch. */
  init?: Initializer | undefined;
  /** First values of the bias. Default: uniform within ±1/√fanIn of the weight, as in PyTorch. */
  biasInit?: Initializer | undefined;
}

/**
 * 2-d convolution, [N, in, H, W] → [N, out, H', W']. Weight [out, in / groups, kernel, kernel], bias [out].
 */
export function conv2d(
  g: GraphBuilder,
  x: Value,
  {
    name,
    random,
    in: channels,
    out,
    kernel,
    stride = 1,
    padding = 0,
    dilation = 1,
    groups = 1,
    bias = true,
    init = kaimingUniform,
    biasInit,
  }: ConvOptions,
): Value {
  if (channels % groups !== 0 || out % groups !== 0) {
    throw new RangeError(
      `Cannot build convolution "${name}": ${channels} input and ${out} output channels do not divide into ` +
        `${groups} groups`,
    );
  }
  const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
  const dims = [out, channels / groups, height, width];
  requireRoom(g, name, dims);
  const weight = g.parameter(`${name}.weight`, init(dims, random.split(`${name}.weight`)));
  const shift = bias ? biasOf(g, name, { length: out, fan: fanIn(dims), random, init: biasInit }) : undefined;
  return g.conv(x, weight, shift, {
    kernel_shape: [height, width],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    dilations: [dilation, dilation],
    group: groups,
  }, { name });
}

/** Settings of {@linkcode linear}. */
export interface LinearOptions extends LayerOptions {
  /** Size of the last axis of the input. */
  in: number;
  /** Size of the last axis of the output. */
  out: number;
  /** Whether a number is added to each channel. Default true. */
  bias?: boolean | undefined;
  /** First values of the weight. Default: Kaiming uniform with a = √5, as in PyTorch. */
  init?: Initializer | undefined;
  /** First values of the bias. Default: uniform within ±1/√fanIn of the weight, as in PyTorch. */
  biasInit?: Initializer | undefined;
}

/** Fully connected layer x·Wᵀ + b, [N, in] → [N, out]. Weight [out, in], bias [out]. */
export function linear(
  g: GraphBuilder,
  x: Value,
  { name, random, in: features, out, bias = true, init = kaimingUniform, biasInit }: LinearOptions,
): Value {
  const dims = [out, features];
  requireRoom(g, name, dims);
  const weight = g.parameter(`${name}.weight`, init(dims, random.split(`${name}.weight`)));
  const shift = bias ? biasOf(g, name, { length: out, fan: features, random, init: biasInit }) : undefined;
  const [y] = g.node("Gemm", [x, weight, shift], { transB: 1 }, { name });
  return y!;
}

function biasOf(
  g: GraphBuilder,
  name: string,
  { length, fan, random, init = uniform(1 / Math.sqrt(fan)) }: {
    length: number;
    fan: number;
    random: Random;
    init?: Initializer | undefined;
  },
): Value {
  return g.parameter(`${name}.bias`, init([length], random.split(`${name}.bias`)));
}

/** Settings of the normalisations. */
export interface NormOptions {
  /** Prefix of the parameters' names. */
  name: string;
  /** Channels, or the size of the last axis for {@linkcode layerNorm}. */
  features: number;
  /** Added to the variance. Default 1e-5. */
  epsilon?: number | undefined;
}

/**
 * Batch normalisation over all axes but the second, with stored statistics: `weight` 1, `bias` 0,
 * `running_mean` 0, `running_var` 1, all [features]. Momentum is 0.9 in ONNX's sense, 0.1 in PyTorch's.
 * `toTrainingMode` gives the form that trains.
 */
export function batchNorm2d(
  g: GraphBuilder,
  x: Value,
  { name, features, epsilon = 1e-5 }: NormOptions,
): Value {
  const parameter = (suffix: string, value: number) =>
    g.parameter(`${name}.${suffix}`, filled(features, value));
  return g.batchNorm(
    x,
    parameter("weight", 1),
    parameter("bias", 0),
    parameter("running_mean", 0),
    parameter("running_var", 1),
    { epsilon },
  );
}

/** Layer normalisation over the last axis. Parameters `weight` 1 and `bias` 0, both [features]. */
export function layerNorm(g: GraphBuilder, x: Value, { name, features, epsilon = 1e-5 }: NormOptions): Value {
  const weight = g.parameter(`${name}.weight`, filled(features, 1));
  const bias = g.parameter(`${name}.bias`, filled(features, 0));
  return g.layerNorm(x, weight, bias, { epsilon });
}

function filled(length: number, value: number): Tensor {
  return float32(new Float32Array(length).fill(value));
}

/** Settings of {@linkcode embedding}. */
export interface EmbeddingOptions extends LayerOptions {
  /** Number of rows. */
  count: number;
  /** Size of each. */
  features: number;
}

/** Rows of a table by int64 index, […] → […, features]. Weight [count, features], standard normal. */
export function embedding(
  g: GraphBuilder,
  indices: Value,
  { name, random, count, features }: EmbeddingOptions,
): Value {
  const weight = normal(1)([count, features], random.split(`${name}.weight`));
  return g.gather(g.parameter(`${name}.weight`, weight), indices);
}

/** [N, C, H, W] → [N, C], the mean over the image. */
export function globalPool(g: GraphBuilder, x: Value): Value {
  return g.flatten(g.globalAveragePool(x));
}

/**
 * Makes sure that a network's parts (blocks, positions, classes) are as many as somebody may mean, before the
 * first one is made.
 *
 * @param what is built, for the error: `BERT`
 * @param each learned numbers of one part
 * @throws RangeError where they are not counted by a whole number from 1, or too many for the limits
 */
export function requireParts(what: string, parts: string, count: number, each: number): void {
  const fail = (why: string) => new RangeError(`Cannot build ${what} of ${count} ${parts}: ${why}`);
  if (!Number.isInteger(count) || count < 1) throw fail("expected a whole number from 1");
  if (parts === "blocks" && count > limits().blocks) {
    throw fail(`expected at most ${limits().blocks}, ${raised("blocks")}`);
  }
  if (parts === "positions" && count * each > limits().positions) {
    throw fail(`expected at most ${limits().positions} numbers in their tables, ${raised("positions")}`);
  }
  if (count * each > limits().parameters) {
    throw fail(`they have more than ${limits().parameters} learned numbers, ${raised("parameters")}`);
  }
}

/** Numbers that the layers of a graph have so far. */
const numbers = new WeakMap<GraphBuilder, number>();

/** Throws RangeError where a network would have more numbers than anybody said to be meant. */
function requireRoom(g: GraphBuilder, name: string, dims: readonly number[]): void {
  const all = (numbers.get(g) ?? 0) + sizeOf(dims);
  if (all > limits().parameters) {
    throw new RangeError(
      `Cannot build layer ${quoted(name)} with a weight of shape [${
        dims.join(", ")
      }]: the network would have more ` +
        `than ${limits().parameters} learned numbers, ${raised("parameters")}`,
    );
  }
  numbers.set(g, all);
}
