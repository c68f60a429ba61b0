import { givenInWords, isRecord } from "../given.ts";
import { RangeError, TypeError } from "../errors.ts";
import { requireNumbers } from "../bounds.ts";
import { digestOf } from "../files/digest.ts";
import { requireOptions } from "../options.ts";
import { sizeOf, Tensor } from "../tensor/tensor.ts";
import { elements } from "../tensor/arrays.ts";
import {
  BATCH_OPTIONS,
  type BatchOptions,
  type BatchSource,
  type Examples,
  takeRows,
  toBatches,
} from "../train/batches.ts";

/** Shift and scale of pixels: `(pixel / 255 − mean) / deviation`, channel by channel. */
export interface Normalization {
  /** One per channel, for pixels from 0 to 1. */
  readonly mean: readonly number[];
  /** One per channel, for pixels from 0 to 1. */
  readonly deviation: readonly number[];
}

/** Labelled images, a byte per sample so that large sets fit. */
export interface ImageSet {
  /** uint8 [N, channels, height, width]. */
  readonly images: Tensor;
  /** int64 [N], indices of classes. */
  readonly labels: Tensor;
  /** How bytes become the numbers that networks see. */
  readonly normalization: Normalization;
}

/** A data set of images, and how far it may be compared with published numbers. */
export interface ImageData {
  /** Name in tables and figures; says so where it is not the published set. */
  readonly name: string;
  /** Names of the classes, by label. */
  readonly classes: readonly string[];
  /** Images to train on. */
  readonly train: ImageSet;
  /** Images to test on. */
  readonly test: ImageSet;
  /**
   * Whether every pixel is the publisher's. Where not, accuracies must not be compared with published ones.
   */
  readonly exact: boolean;
  /** Whether these are all of the publisher's images. */
  readonly complete: boolean;
  /** Files it was read from, or how it was made. */
  readonly source: string;
}

/**
 * The normalised images, float32 of the same shape.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Tensor } from "../tensor/tensor.ts";
 *
 * const white = new Tensor("uint8", Uint8Array.of(255), [1, 1, 1, 1]);
 * assert.deepEqual([...normalize(white, { mean: [0.5], deviation: [0.25] }).data], [2]);
 * ```
 */
export function normalize(images: Tensor, { mean, deviation }: Normalization): Tensor {
  const pixels = elements(images, "uint8");
  const [, channels, ...size] = images.dims;
  if (channels !== mean.length || channels !== deviation.length) {
    throw new TypeError(
      `Cannot normalise images of shape [${images.dims}] with ${mean.length} means and ${deviation.length} ` +
        `deviations: expected one of each per channel`,
    );
  }
  const plane = sizeOf(size);
  const normalized = new Float32Array(pixels.length);
  // A byte has 256 values: a table is quicker than arithmetic.
  const tables = mean.map((m, channel) =>
    Float32Array.from({ length: 256 }, (_, i) => (i / 255 - m) / deviation[channel]!)
  );
  for (
    let start = 0, channel = 0;
    start < pixels.length;
    start += plane, channel = (channel + 1) % channels
  ) {
    const table = tables[channel]!;
    for (let i = start; i < start + plane; i++) normalized[i] = table[pixels[i]!]!;
  }
  return new Tensor("float32", normalized, images.dims);
}

/** All images normalised at once, to train or evaluate on: 4 bytes per sample. */
export function toExamples(set: ImageSet): Examples {
  if (!isRecord(set) || !set.images || !set.labels || !set.normalization) {
    throw new TypeError(
      `Cannot make examples of ${givenInWords(set)}: expected { images, labels, normalization }, as in ` +
        `toExamples((await cifar10()).train)`,
    );
  }
  const { images, labels, normalization } = set;
  return { inputs: normalize(images, normalization), targets: labels };
}

/** Batches that are normalised as they are asked for: for sets that would be too large as float32. */
export function toImageBatches(set: ImageSet, options: BatchOptions): BatchSource {
  requireOptions("toImageBatches", options, BATCH_OPTIONS);
  const bytes = toBatches({ inputs: set.images, targets: set.labels }, options);
  return {
    stepsPerEpoch: bytes.stepsPerEpoch,
    digest: async () => digestOf([await bytes.digest(), JSON.stringify(set.normalization)]),
    async batch(epoch, step) {
      const { inputs, targets } = await bytes.batch(epoch, step);
      return { inputs: { [options.input]: normalize(inputs[options.input]!, set.normalization) }, targets };
    },
  };
}

/** The given images, or the first so many. */
export function subset(set: ImageSet, which: number | ArrayLike<number>): ImageSet {
  const total = set.images.dims[0]!;
  if (typeof which === "number") {
    requireNumbers("take a subset", { which }, { whole: true, from: 0, to: total });
  }
  const rows = typeof which === "number"
    ? Uint32Array.from({ length: which }, (_, i) => i)
    : Array.from(which);
  const wrong = rows.find((row) => !(Number.isInteger(row) && row >= 0 && row < total));
  if (wrong !== undefined) {
    throw new RangeError(
      `Cannot take image ${wrong} of ${total}: expected whole numbers from 0 to ${total - 1}`,
    );
  }
  return { ...set, images: takeRows(set.images, rows), labels: takeRows(set.labels, rows) };
}

/** Labels of a byte each as int64. */
export function labelTensor(labels: ArrayLike<number>): Tensor {
  return new Tensor("int64", BigInt64Array.from(labels as ArrayLike<number> & Iterable<number>, BigInt), [
    labels.length,
  ]);
}
