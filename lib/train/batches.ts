import { Tensor } from "../deps.ts";
import type { Random } from "../random.ts";
import { seededRandom } from "../random.ts";
import type { Tensors } from "../runtime/runtime.ts";

/** What one step is trained on. */
export interface Batch {
  /** The model's inputs, by name. */
  inputs: Tensors;
  /** The loss's targets, by name. */
  targets: Tensors;
}

/**
 * Examples in memory: example i is row i of every tensor. A single tensor stands for the model's first input
 * or the loss's first target.
 */
export interface Examples {
  /** What the model is fed: by input where it has several. */
  inputs: Tensor | Tensors;
  /** What the loss compares with: by target where it has several. */
  targets: Tensor | Tensors;
}

/**
 * Batches from anywhere, by place: the same place must give the same batch, whenever it is asked for, so that a
 * run can be resumed in its middle.
 */
export interface BatchSource {
  /** Batches that make an epoch. */
  stepsPerEpoch: number;
  /** The batch of a step, counted from 0 in each epoch: the same whenever it is asked for. */
  batch(epoch: number, step: number): Batch | Promise<Batch>;
}

/** What data a function of this folder takes. */
export type TrainingData = Examples | BatchSource;

/** Changes a batch before it is trained on: crops, flips, noise. Draws only from `random`, which its place seeds. */
export type Augment = (batch: Batch, random: Random) => Batch | Promise<Batch>;

/** How {@linkcode toBatches} cuts examples. */
export interface BatchOptions {
  /** Examples per batch. */
  batchSize: number;
  /** The name for a single input tensor. */
  input: string;
  /** The name for a single target tensor. */
  target: string;
  /** Shuffles each epoch anew; without it examples come in order. */
  shuffleSeed?: number;
  /** Whether a smaller last batch is left out. Default false. */
  dropLast?: boolean;
}

/**
 * Examples as batches. The last one of an epoch is smaller where the batch size does not divide their number.
 *
 * @throws TypeError where something is no tensor, or the tensors have different numbers of rows; RangeError where
 * there are too few
 */
export function toBatches(
  { inputs, targets }: Examples,
  { batchSize, input, target, shuffleSeed, dropLast = false }: BatchOptions,
): BatchSource & { examples: number } {
  const named = { inputs: byName(inputs, input), targets: byName(targets, target) };
  const examples = countRows({ ...named.inputs, ...named.targets });
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`Cannot make batches of ${batchSize}: expected a whole number from 1`);
  }
  const stepsPerEpoch = dropLast ? Math.floor(examples / batchSize) : Math.ceil(examples / batchSize);
  if (stepsPerEpoch === 0) {
    throw new RangeError(
      `Cannot make batches of ${batchSize} from ${examples} examples: expected at least ${
        dropLast ? batchSize : 1
      }`,
    );
  }
  let shuffled = { epoch: -1, order: new Uint32Array() };
  const orderOf = (epoch: number): Uint32Array => {
    if (shuffled.epoch !== epoch) {
      const order = shuffleSeed === undefined
        ? Uint32Array.from({ length: examples }, (_, i) => i)
        : seededRandom(shuffleSeed, "shuffle", epoch).permutation(examples);
      shuffled = { epoch, order: order as Uint32Array<ArrayBuffer> };
    }
    return shuffled.order;
  };
  return {
    examples,
    stepsPerEpoch,
    batch(epoch, step) {
      const rows = orderOf(epoch).subarray(step * batchSize, (step + 1) * batchSize);
      const take = (tensors: Tensors) =>
        Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, takeRows(tensor, rows)]));
      return { inputs: take(named.inputs), targets: take(named.targets) };
    },
  };
}

/** The given rows of a tensor (its first axis), in the given order. */
export function takeRows(tensor: Tensor, rows: ArrayLike<number>): Tensor {
  const [count, ...rest] = tensor.dims;
  const data = tensor.data as Float32Array;
  const size = data.length / Math.max(1, count!);
  const taken = new (data.constructor as Float32ArrayConstructor)(rows.length * size);
  for (let i = 0; i < rows.length; i++) {
    taken.set(data.subarray(rows[i]! * size, (rows[i]! + 1) * size), i * size);
  }
  return new Tensor(tensor.type as "float32", taken, [rows.length, ...rest]);
}

function byName(tensors: Tensor | Tensors | undefined, name: string): Tensors {
  if (tensors === undefined) return {};
  return isTensor(tensors) ? { [name]: tensors } : tensors;
}

function isTensor(tensors: Tensor | Tensors): tensors is Tensor {
  return tensors instanceof Tensor;
}

function countRows(tensors: Tensors): number {
  const counts = Object.entries(tensors).map(([name, tensor]) => {
    if (!isTensor(tensor)) {
      throw new TypeError(
        `Cannot make batches: "${name}" is no tensor; expected inputs and targets as \`Tensor\`s with a row per example`,
      );
    }
    return { name, rows: tensor.dims[0] ?? 0 };
  });
  const [first] = counts;
  if (!first) {
    throw new TypeError(
      "Cannot make batches of no tensors: expected { inputs, targets }, which toExamples makes of an image set",
    );
  }
  for (const { name, rows } of counts) {
    if (rows !== first.rows) {
      throw new TypeError(
        `Cannot make batches: "${first.name}" has ${first.rows} rows, but "${name}" has ${rows}; ` +
          `expected one row per example in each`,
      );
    }
  }
  return first.rows;
}
