import { counted } from "../amounts.ts";
import { COUNT, requireNumbers } from "../bounds.ts";
import { RangeError, TypeError } from "../errors.ts";
import { digestOf } from "../files/digest.ts";
import type { OptionNames } from "../options.ts";
import { Tensor, tensorOf } from "../tensor/tensor.ts";
import { arrayLike, arrayOf } from "../tensor/arrays.ts";
import { type Random, seededRandom } from "../random.ts";
import type { Tensors } from "../runtime/runtime.ts";
import { digestData } from "./digest_data.ts";
import { isPlain, type Labels } from "./labels.ts";
import { readAhead } from "./read_ahead.ts";

/** Inputs and targets of one step of training. */
export interface Batch {
  /** The model's inputs, by name. */
  inputs: Tensors;
  /** The loss's targets, by name. */
  targets: Tensors;
}

/**
 * Examples in memory: example i is row i of every tensor. A single tensor stands for the model's first input
 * or the loss's first target, and labels for that need no tensor around them.
 */
export interface Examples {
  /** Tensors for the model's inputs: by input where it has several. */
  inputs: Tensor | Tensors;
  /** Tensors for the loss's targets: by target where it has several. */
  targets: Tensor | Tensors | Labels;
}

/**
 * Examples that are read, or made, when it is their turn: more than memory holds. The same rows and random
 * numbers must give the same batch.
 */
export interface StreamedExamples {
  /** Number of examples. */
  count: number;
  /**
   * The given ones, in this order, as a batch of their own. Crops and flips draw from `random`, which its
   * place seeds.
   */
  read(rows: Uint32Array, random: Random): Promise<Examples>;
  /**
   * Tells the data apart, all of them, where a run is saved: one with other data does not go on from its
   * checkpoint. Default: the first batches stand for all.
   */
  digest?(): string | Promise<string>;
}

/**
 * Batches from anywhere, by place: the same place must give the same batch, whenever it is asked for, so that
 * a run can be resumed in its middle.
 */
export interface BatchSource {
  /** Batches that make an epoch. */
  stepsPerEpoch: number;
  /** The batch of a step, counted from 0 in each epoch: the same whenever it is asked for. */
  batch(epoch: number, step: number): Batch | Promise<Batch>;
  /**
   * Tells the data apart, all of them, where a run is saved: one with other data does not go on from its
   * checkpoint. Default: the first batches stand for all.
   */
  digest?(): string | Promise<string>;
  /** A batch of the largest shapes that there are, for `memory` of `fit`. Default: the first one. */
  largest?(): Batch | Promise<Batch>;
}

/** Examples that can be asked for one by one, so that whoever takes them makes the batches. */
export type ExampleSource = Examples | StreamedExamples;

/** Data to train on or to evaluate on: examples in memory, streamed ones, or ready batches. */
export type TrainingData = ExampleSource | BatchSource;

/**
 * Changes a batch before it is trained on: crops, flips, noise. Draws only from `random`, which its place
 * seeds. A run goes on from a checkpoint only where the change's text is the same, which is a function's
 * source, without the values it uses from outside: give it a `toString` that says them.
 */
export type Augment = (batch: Batch, random: Random) => Batch | Promise<Batch>;

/** A change whose text says what it is, its settings among it. */
export function told(text: string, augment: Augment): Augment {
  return Object.defineProperty(augment, "toString", { value: () => text });
}

/** How {@linkcode toBatches} cuts examples. */
export interface BatchOptions {
  /** Examples per batch. */
  batchSize: number;
  /** The name for a single input tensor. */
  input: string;
  /** The name for a single target tensor. */
  target: string;
  /** Shuffles each epoch anew; without it examples come in order. */
  shuffleSeed?: number | undefined;
  /** Whether a smaller last batch is left out. Default false. */
  dropLast?: boolean | undefined;
  /** Makes the single target tensor of what was given for it. Default: it is a tensor already. */
  toTarget?: ((given: Tensor | Labels) => Tensor) | undefined;
}

/** Names of {@linkcode BatchOptions}. */
export const BATCH_OPTIONS: OptionNames<BatchOptions> = {
  batchSize: true,
  input: true,
  target: true,
  shuffleSeed: true,
  dropLast: true,
  toTarget: true,
};

/**
 * Examples as batches. The last one of an epoch is smaller where the batch size does not divide their number.
 * Streamed ones are read ahead while a batch is worked on.
 *
 * @throws TypeError where something is no tensor, or the tensors have different numbers of rows; RangeError
 * where there are too few
 */
export function toBatches(
  data: ExampleSource,
  { batchSize, input, target, shuffleSeed, dropLast = false, toTarget }: BatchOptions,
): BatchSource & { examples: number; digest(): Promise<string> } {
  const named = ({ inputs, targets }: Examples): Batch => ({
    inputs: byName(inputs, input),
    targets: toTarget && (isPlain(targets) || isTensor(targets))
      ? { [target]: toTarget(targets) }
      : byName(targets, target),
  });
  const { examples, take } = "read" in data
    ? {
      examples: data.count,
      take: async (rows: Uint32Array, random: Random) => named(await data.read(rows, random)),
    }
    : inMemory(named(data));
  requireNumbers("make batches", { batchSize }, COUNT);
  const stepsPerEpoch = dropLast ? Math.floor(examples / batchSize) : Math.ceil(examples / batchSize);
  if (stepsPerEpoch === 0) {
    throw new RangeError(
      `Cannot make batches of ${batchSize} from ${counted(examples, "example")}: expected at least ${
        dropLast ? batchSize : 1
      }`,
    );
  }
  let shuffled = { epoch: -1, order: new Uint32Array() };
  const rowsAt = (epoch: number, step: number): Uint32Array => {
    if (shuffled.epoch !== epoch) {
      const order = shuffleSeed === undefined
        ? Uint32Array.from({ length: examples }, (_, i) => i)
        : seededRandom(shuffleSeed, "shuffle", epoch).permutation(examples);
      shuffled = { epoch, order: order as Uint32Array<ArrayBuffer> };
    }
    return shuffled.order.subarray(step * batchSize, (step + 1) * batchSize);
  };
  const source: BatchSource = {
    stepsPerEpoch,
    batch: (epoch, step) => take(rowsAt(epoch, step), seededRandom(shuffleSeed ?? 0, "read", epoch, step)),
  };
  const settings = JSON.stringify({ batchSize, input, target, shuffleSeed, dropLast });
  return {
    ...("read" in data ? readAhead(source) : source),
    examples,
    digest: async () => digestOf([await digestData(data), settings, `${toTarget ?? ""}`]),
  };
}

function inMemory({ inputs, targets }: Batch): { examples: number; take(rows: Uint32Array): Batch } {
  const taken = (tensors: Tensors, rows: Uint32Array) =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, takeRows(tensor, rows)]));
  return {
    examples: countRows({ ...inputs, ...targets }),
    take: (rows) => ({ inputs: taken(inputs, rows), targets: taken(targets, rows) }),
  };
}

/** The given rows of a tensor (its first axis), in the given order. */
export function takeRows(tensor: Tensor, rows: ArrayLike<number>): Tensor {
  const [count, ...rest] = tensor.dims;
  const data = arrayOf(tensor);
  const size = data.length / Math.max(1, count!);
  const taken = arrayLike(data, rows.length * size);
  for (let i = 0; i < rows.length; i++) {
    taken.set(data.subarray(rows[i]! * size, (rows[i]! + 1) * size), i * size);
  }
  return tensorOf(tensor.type, taken, [rows.length, ...rest]);
}

/** How many examples there are. */
export function countExamples(data: ExampleSource): number {
  if ("read" in data) return data.count;
  return Object.values(byName(data.inputs, "inputs"))[0]?.dims[0] ?? 0;
}

function byName(tensors: Tensor | Tensors | Labels | undefined, name: string): Tensors {
  if (tensors === undefined) return {};
  // A list of some kind, a set, a text: nothing that holds tensors by their names.
  if (tensors === null || typeof tensors !== "object" || Symbol.iterator in tensors) {
    const type = (tensors as object | null)?.constructor.name ?? "null";
    throw new TypeError(
      `Cannot make batches: "${name}" is of the type ${type} and no tensor; expected a Tensor ` +
        `with a row per example, such as float32(values, [examples, …])`,
    );
  }
  return isTensor(tensors) ? { [name]: tensors } : tensors as Tensors;
}

function isTensor(tensors: Tensor | Tensors | Labels | undefined): tensors is Tensor {
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
        `Cannot make batches: "${first.name}" has ${
          counted(first.rows, "row")
        }, but "${name}" has ${rows}; ` +
          `expected one row per example in each`,
      );
    }
  }
  return first.rows;
}
