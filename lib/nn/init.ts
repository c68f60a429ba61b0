import { RangeError } from "../errors.ts";
import { limits, raised } from "../limits.ts";
import { float32, sizeOf, Tensor } from "../tensor/tensor.ts";
import { floats } from "../tensor/arrays.ts";
import type { Random } from "../random.ts";

/** Makes the first values of a weight of shape `dims`. */
export type Initializer = (dims: readonly number[], random: Random) => Tensor;

/**
 * Number of inputs that one output of the weight sums over: every axis but the first.
 * (PyTorch's `fan_in`; for a transposed convolution, too, it leaves out the first axis.)
 */
export function fanIn(dims: readonly number[]): number {
  return sizeOf(dims.slice(1));
}

/** All 0. */
export const zeros: Initializer = (dims) => new Tensor("float32", numbersOf(dims), dims);

/** Uniform in [−bound, bound). */
export function uniform(bound: number): Initializer {
  return (dims, random) => filled(dims, () => random.uniform(-bound, bound));
}

/** An initializer whose values are another's times a factor. */
export function scaled(factor: number, init: Initializer): Initializer {
  return (dims, random) => {
    const numbers = floats(init(dims, random));
    return float32(numbers.map((value) => factor * value), dims);
  };
}

/** Normal around 0. */
export function normal(deviation: number): Initializer {
  return (dims, random) => filled(dims, () => random.normal(0, deviation));
}

/** Uniform with variance 2 / (inputs + outputs): Glorot and Bengio, 2010, eq. 16. */
export const xavierUniform = (from: number, to: number): Initializer => uniform(Math.sqrt(6 / (from + to)));

/**
 * Kaiming uniform with a = √5, which is uniform within ±1/√fanIn: PyTorch's default for convolutions and
 * linear layers.
 */
export const kaimingUniform: Initializer = (dims, random) =>
  uniform(1 / Math.sqrt(fanIn(dims)))(dims, random);

/**
 * Normal with deviation √(2/fanIn), which keeps the variance through layers with ReLU: He, Zhang, Ren, Sun,
 * "Delving Deep into Rectifiers", 2015, eq. 10.
 */
export const kaimingNormal: Initializer = (dims, random) => normal(Math.sqrt(2 / fanIn(dims)))(dims, random);

/**
 * Normal with deviation √(2/fanOut), where the outputs are counted (first axis × kernel positions): eq. 14
 * there.
 */
export const kaimingNormalFanOut: Initializer = (dims, random) =>
  normal(Math.sqrt(2 / (dims[0]! * sizeOf(dims.slice(2)))))(dims, random);

function filled(dims: readonly number[], draw: () => number): Tensor {
  const data = numbersOf(dims);
  for (let i = 0; i < data.length; i++) data[i] = draw();
  return new Tensor("float32", data, dims);
}

/** Room for the numbers of a weight; that it can be had is checked first. */
function numbersOf(dims: readonly number[]): Float32Array<ArrayBuffer> {
  if (!dims.every((dim) => Number.isInteger(dim) && dim >= 1)) {
    throw new RangeError(
      `Cannot make a weight of shape [${
        dims.join(", ")
      }]: expected whole numbers from 1; look at the widths and ` +
        "classes that the network is built with",
    );
  }
  if (sizeOf(dims) > limits().parameters) {
    throw new RangeError(
      `Cannot make a weight of shape [${
        dims.join(", ")
      }]: expected at most ${limits().parameters} numbers, ` +
        raised("parameters"),
    );
  }
  return new Float32Array(sizeOf(dims));
}
