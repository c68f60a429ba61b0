import { RangeError } from "../../../errors.ts";
import { mean } from "../../../statistics/describe.ts";
import { mnist } from "../../../data/mnist.ts";
import { float32, int64, Tensor } from "../../../tensor/tensor.ts";
import { elements } from "../../../tensor/arrays.ts";
import { seededRandom } from "../../../random.ts";
import { type Examples, takeRows } from "../../../train/batches.ts";
import { ifFound } from "../../../files/not_found.ts";

/** Ten classes of 8×8 images as rows of 64 numbers, in three parts. */
export interface SmallDigits {
  /** Name in tables and figures. */
  name: string;
  /** Examples to train on. */
  train: Examples;
  /** Examples to choose by. */
  validation: Examples;
  /** Examples that results are measured on. */
  test: Examples;
}

/** How many there are of each part. */
export interface SmallDigitsOptions {
  /** Images to train on. Default 1,000. */
  train?: number | undefined;
  /** Images to choose by. Default 500. */
  validation?: number | undefined;
  /** Images to test on. Default 1,000. */
  test?: number | undefined;
  /** Seed of the procedural images, and of the choice which of MNIST's are taken. Default 0. */
  seed?: number | undefined;
  /** Whose digits they are. Default: MNIST where it is on this machine, else procedural ones. */
  source?: "mnist" | "procedural" | undefined;
}

const SIDE = 8;

/** MNIST reduced to 8×8, or images like them made by a formula. */
export async function smallDigits(options: SmallDigitsOptions = {}): Promise<SmallDigits> {
  const { train = 1000, validation = 500, test = 1000, seed = 0, source } = options;
  const count = train + validation + test;
  const real = source === "procedural"
    ? undefined
    : await (source === "mnist" ? reducedMnist(count, seed) : ifFound(reducedMnist(count, seed)));
  const { name, images, labels } = real ?? procedural(count, seed);
  const part = (from: number, to: number): Examples => {
    const rows = Array.from({ length: to - from }, (_, i) => from + i);
    return { inputs: takeRows(images, rows), targets: takeRows(labels, rows) };
  };
  return {
    name,
    train: part(0, train),
    validation: part(train, train + validation),
    test: part(train + validation, count),
  };
}

interface Labelled {
  name: string;
  images: Tensor;
  labels: Tensor;
}

/**
 * Each class has a template of 4×4 normal numbers, blown up to 8×8; an image is its class's template,
 * shifted by up to one pixel either way and round the edge, with noise.
 */
function procedural(count: number, seed: number): Labelled {
  const random = seededRandom(seed, "small digits");
  const templates = Array.from(
    { length: 10 },
    () => standardized(enlarged(Array.from({ length: 16 }, () => random.normal()))),
  );
  const pixels = new Float32Array(count * SIDE * SIDE);
  const labels = Array.from({ length: count }, (_, i) => {
    const label = random.integer(10);
    const [down, right] = [random.integer(3) + SIDE - 1, random.integer(3) + SIDE - 1];
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const clean = templates[label]![((y + down) % SIDE) * SIDE + (x + right) % SIDE]!;
        pixels[(i * SIDE + y) * SIDE + x] = clean + 0.8 * random.normal();
      }
    }
    return label;
  });
  return {
    name: `procedural digits 8×8 (seed ${seed})`,
    images: float32(pixels, [count, SIDE * SIDE]),
    labels: int64(labels),
  };
}

/** 4×4 to 8×8, bilinear, with pixel centres in the middle of their squares. */
function enlarged(small: readonly number[]): number[] {
  const along = (i: number): [number, number, number] => {
    const place = Math.min(3, Math.max(0, (i + 0.5) / 2 - 0.5));
    const low = Math.floor(place);
    return [low, Math.min(3, low + 1), place - low];
  };
  return Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [top, bottom, down] = along(Math.floor(i / SIDE));
    const [left, right, across] = along(i % SIDE);
    const row = (y: number) => (1 - across) * small[4 * y + left]! + across * small[4 * y + right]!;
    return (1 - down) * row(top) + down * row(bottom);
  });
}

/** Mean 0 and deviation 1. */
function standardized(values: ArrayLike<number>): Float32Array {
  const all = Float64Array.from(values);
  const middle = mean(all);
  const deviation = Math.sqrt(mean(all.map((value) => (value - middle) ** 2)));
  return Float32Array.from(all, (value) => (value - middle) / deviation);
}

/**
 * Images without their border of two pixels, each pixel the mean of 3×3; chosen at random among the
 * training images.
 */
async function reducedMnist(count: number, seed: number): Promise<Labelled> {
  const data = await mnist();
  const { images, labels } = data.train;
  const available = images.dims[0]!;
  if (available < count) {
    throw new RangeError(`Cannot take ${count} digits from ${data.name}: it has ${available} here`);
  }
  const rows = seededRandom(seed, "small digits").permutation(available).subarray(0, count);
  const bytes = elements(takeRows(images, rows), "uint8");
  const means = Float32Array.from({ length: count * SIDE * SIDE }, (_, i) => {
    const start = Math.floor(i / (SIDE * SIDE)) * 784;
    const [top, left] = [2 + 3 * (Math.floor(i / SIDE) % SIDE), 2 + 3 * (i % SIDE)];
    let sum = 0;
    for (let y = top; y < top + 3; y++) {
      for (let x = left; x < left + 3; x++) sum += bytes[start + 28 * y + x]!;
    }
    return sum / 9;
  });
  return {
    name: `${data.name}, ${count} images reduced to 8×8`,
    images: new Tensor("float32", standardized(means), [count, SIDE * SIDE]),
    labels: takeRows(labels, rows),
  };
}
