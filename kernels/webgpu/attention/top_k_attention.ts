import { RangeError, TypeError } from "../../../lib/errors.ts";
import { sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import type { Gpu } from "../core/gpu.ts";
import { bindingChunks } from "../core/binding_chunks.ts";
import { emptyOnGpu, gpuOf, requireType } from "../core/tensors.ts";
import { attentionTwin, softmaxTwin } from "./top_k_attention_cpu.ts";
import { contextPass, rowsInReach, scorePass, softmaxPass } from "./top_k_attention_wgsl.ts";

/** Settings of {@linkcode topKSoftmax} and {@linkcode topKAttention}. */
export interface TopKOptions {
  /** Keys that each query keeps: those with the largest scores, of equal ones the first. Default: all. */
  k?: number | undefined;
  /**
   * uint8, 0 where a query must not see a key; of the scores' rank and sizes, but that any axis except the
   * last may be 1 and then counts for all places. Default: every query sees every key.
   */
  mask?: Tensor | undefined;
  /** Factor of the scores before the softmax, above 0. Default 1 for given scores, 1/√d for computed ones. */
  scale?: number | undefined;
  /**
   * Whether the weights that are kept add up to one, as if the others had been cut before the softmax. When
   * false they are those of the softmax over all keys: "hard attention" of AxFormer's code. Default true.
   */
  renormalize?: boolean | undefined;
}

/** Operands of attention, [… , queries, d], [… , keys, d] and [… , keys, width]. */
export interface AttentionInputs {
  /** […, queries, d] */
  query: Tensor;
  /** […, keys, d] */
  key: Tensor;
  /** […, keys, width] */
  value: Tensor;
}

/**
 * Attention weights of which each row has k: softmax over the k largest scores, zero elsewhere; without k it
 * is the masked softmax.
 *
 * p_j = exp(s·(x_j − max x)) / Σ exp(s·(x_i − max x)), i over the kept keys. Source: Zhao et al., "Explicit
 * Sparse Transformer", 2019, eq. 3–5; with `renormalize: false` the truncation of Nagarajan et al.,
 * "AxFormer", 2022.
 *
 * One workgroup per row selects by radix on the bits, exactly as the twin does. NaN and −infinity are never
 * attended to; a row in which no key is attended to is all zeros.
 *
 * @param scores float32 or float16, [… , queries, keys], on the CPU or a GPU; the result lies at the same
 * place
 * @returns float32, of the same shape
 * @throws TypeError where the mask does not fit in shape, type or place; RangeError where k or scale are out
 * of bounds
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const weights = await topKSoftmax(float32([1, 5, 5, 5], [1, 4]), { k: 2 });
 * assert.deepEqual([...weights.data], [0, 0.5, 0.5, 0]);
 * ```
 */
export async function topKSoftmax(scores: Tensor, options: TopKOptions = {}): Promise<Tensor> {
  const { mask, scale = 1, renormalize = true } = options;
  const gpu = gpuOf("topKSoftmax", { scores, mask });
  requireFloats("topKSoftmax", { scores }, 1);
  const { dims } = scores;
  const columns = dims.at(-1)!;
  const rows = sizeOf(dims.slice(0, -1));
  const row = rowOf("topKSoftmax", dims, { ...options, scale, renormalize });
  if (!gpu) return new Tensor("float32", softmaxTwin(scores, row), dims);
  const weights = emptyOnGpu(gpu, "float32", dims);
  return await giving(weights, () => {
    requireMaskInReach("topKSoftmax", gpu, row);
    const list = bindingChunks(gpu, rows * columns, { bytesPerElement: 4, unit: Math.max(columns, 1) });
    return gpu.run(list.map((part) => softmaxPass(gpu, scores, weights, { row, part })));
  });
}

/**
 * Attention in which each query keeps its k best keys: {@linkcode topKSoftmax} of q·kᵀ/√d, times the values.
 *
 * 2·q·n·d operations for the scores of q queries and n keys and 2·q·k·width for the result: only values that
 * are kept are read. Scores are written once, to memory that is used again. What is kept is exact in the
 * scores as computed, in float32; so nearly equal ones may be chosen otherwise on the CPU, whose sums run in
 * another order.
 *
 * @param inputs float32 or float16, equal in all axes before the last two, on the CPU or a GPU
 * @returns float32, [… , queries, width], at the same place
 * @throws TypeError where they do not fit in shape, type or place; RangeError where k or scale are out of
 * bounds
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const key = float32([1, 0, 0, 1, 3, 0], [3, 2]);
 * const query = float32([1, 0], [1, 2]);
 * const context = await topKAttention({ query, key, value: float32([7, 8, 9], [3, 1]) }, { k: 1 });
 * assert.deepEqual([...context.data], [9]);
 * ```
 */
export async function topKAttention(inputs: AttentionInputs, options: TopKOptions = {}): Promise<Tensor> {
  const { query, key, value } = inputs;
  const gpu = gpuOf("topKAttention", { query, key, value, mask: options.mask });
  requireFloats("topKAttention", { query, key, value }, 2);
  const lead = query.dims.slice(0, -2);
  const [queries, depth] = query.dims.slice(-2) as [number, number];
  const [keys, width] = value.dims.slice(-2) as [number, number];
  const expected = { key: [...lead, keys, depth], value: [...lead, keys, width] };
  for (const [name, { dims }] of Object.entries({ key, value })) {
    if (`${dims}` === `${expected[name as "key"]}`) continue;
    throw new TypeError(
      `Cannot run topKAttention: "${name}" is [${dims.join(", ")}], expected [${
        expected[name as "key"].join(", ")
      }] beside queries [${query.dims.join(", ")}]`,
    );
  }
  const { scale = 1 / Math.sqrt(Math.max(depth, 1)), renormalize = true } = options;
  const row = rowOf("topKAttention", [...lead, queries, keys], { ...options, scale, renormalize });
  const size: AttentionSize = { batches: sizeOf(lead), queries, keys, depth, width };
  const dims = [...lead, queries, width];
  if (!gpu) return new Tensor("float32", attentionTwin(inputs, size, row), dims);
  const context = emptyOnGpu(gpu, "float32", dims);
  return await giving(context, async () => {
    requireMaskInReach("topKAttention", gpu, row);
    const jobs = cut(gpu, inputs, size);
    const most = Math.max(0, ...jobs.map(({ batches, rows }) => batches * rows));
    const scores = emptyOnGpu(gpu, "float32", [most, keys]);
    try {
      await gpu.run(jobs.flatMap((job) => [
        scorePass(gpu, inputs, scores, { size, job }),
        contextPass(gpu, { scores, value, context }, { size, job, row }),
      ]));
    } finally {
      scores.dispose();
    }
  });
}

/** Sizes of an attention. */
export interface AttentionSize {
  /** Number of attentions: product of all axes before the last two. */
  batches: number;
  /** Queries of one attention. */
  queries: number;
  /** Keys, and values, of one attention. */
  keys: number;
  /** Length of a query and of a key, d. */
  depth: number;
  /** Length of a value. */
  width: number;
}

/** Part of attention that bindings reach at once: whole batches, or some queries of one. */
export interface AttentionJob {
  /** First batch. */
  batch: number;
  /** Number of batches. */
  batches: number;
  /** First query, and how many of each batch. */
  query: number;
  /** Number of queries of each batch. */
  rows: number;
}

/** Treatment of each row of scores. */
export interface ScoreRow {
  /** Number of scores in the row: one per key. */
  columns: number;
  /** Number of scores that count, at most as many as there are. */
  k: number;
  /** Factor of each score before the softmax. */
  scale: number;
  /** Whether the k largest probabilities are scaled to sum to 1. */
  renormalize: boolean;
  /** Mask whose rows are applied to the scores, if any. */
  mask: MaskRows | undefined;
}

/**
 * Which row of a mask counts for row r of the scores: r is counted by three wheels, `sizes` of them, and each
 * moves the mask's row by its stride.
 */
export interface MaskRows {
  /** The mask. */
  tensor: Tensor;
  /** Number of steps of each wheel, from the slowest to the fastest. */
  sizes: readonly [number, number, number];
  /** Rows of the mask that a step of each wheel moves on; 0 where the mask is broadcast. */
  strides: readonly [number, number, number];
  /** Whether the mask has a row for each. */
  whole: boolean;
}

async function giving(result: Tensor, work: () => Promise<void>): Promise<Tensor> {
  try {
    if (sizeOf(result.dims) > 0) await work();
    return result;
  } catch (error) {
    result.dispose();
    throw error;
  }
}

function requireFloats(kernel: string, tensors: Record<string, Tensor>, rank: number): void {
  for (const [name, { type, dims }] of Object.entries(tensors)) {
    requireType(type, ["float32", "float16"], kernel, `"${name}"`);
    if (dims.length >= rank) continue;
    throw new TypeError(
      `Cannot run ${kernel}: "${name}" is [${dims.join(", ")}], expected at least ${rank} axes`,
    );
  }
}

function rowOf(
  kernel: string,
  dims: readonly number[],
  { k, mask, scale, renormalize }: TopKOptions & { scale: number; renormalize: boolean },
): ScoreRow {
  const columns = dims.at(-1)!;
  if (k !== undefined && !(Number.isInteger(k) && k >= 1)) {
    throw new RangeError(`Cannot run ${kernel}: k is ${k}, expected a whole number from 1`);
  }
  if (!(scale > 0 && scale < Infinity)) {
    throw new RangeError(`Cannot run ${kernel}: scale is ${scale}, expected a number above 0`);
  }
  return {
    columns,
    k: Math.min(k ?? columns, columns),
    scale,
    renormalize,
    mask: mask && maskRows(kernel, mask, dims),
  };
}

function maskRows(kernel: string, mask: Tensor, dims: readonly number[]): MaskRows {
  requireType(mask.type, ["uint8"], kernel, '"mask"');
  const fits = mask.dims.length === dims.length &&
    mask.dims.every((size, axis) => size === dims[axis] || size === 1 && axis < dims.length - 1);
  const wheels: { size: number; stays: boolean }[] = [];
  dims.slice(0, -1).forEach((size, axis) => {
    const stays = mask.dims[axis] === size;
    const last = wheels.at(-1);
    if (size === 1) return;
    if (last?.stays === stays) last.size *= size;
    else wheels.push({ size, stays });
  });
  if (!fits || wheels.length > 3) {
    throw new TypeError(
      `Cannot run ${kernel}: "mask" is [${mask.dims.join(", ")}], expected the scores' shape [${
        dims.join(", ")
      }]` +
        `${
          fits ? " or one with fewer ones between other sizes" : ", or ones for axes that it does not have"
        }`,
    );
  }
  while (wheels.length < 3) wheels.unshift({ size: 1, stays: false });
  let stride = 1;
  const strides = wheels.toReversed().map(({ size, stays }) => {
    const own = stays ? stride : 0;
    if (stays) stride *= size;
    return own;
  }).reverse();
  return {
    tensor: mask,
    sizes: wheels.map(({ size }) => size) as [number, number, number],
    strides: strides as [number, number, number],
    whole: wheels.every(({ size, stays }) => stays || size === 1),
  };
}

/** A mask that counts for several rows is not cut along with them. */
function requireMaskInReach(kernel: string, gpu: Gpu, { mask }: ScoreRow): void {
  if (!mask || mask.whole || sizeOf(mask.tensor.dims) + gpu.alignment <= gpu.maxBinding) return;
  throw new RangeError(
    `Cannot run ${kernel} on ${gpu.name}: a mask of ${
      sizeOf(mask.tensor.dims)
    } bytes must lie in one binding, and ` +
      `there a binding holds ${gpu.maxBinding}; give one of the scores' whole shape, or use the CPU`,
  );
}

function cut(gpu: Gpu, inputs: AttentionInputs, size: AttentionSize): AttentionJob[] {
  const { batches, queries } = size;
  const whole = Math.min(rowsInReach(gpu, inputs, size, "batches"), 65535);
  const jobs: AttentionJob[] = [];
  for (let batch = 0; batch < batches && whole >= 1; batch += whole) {
    jobs.push({ batch, batches: Math.min(whole, batches - batch), query: 0, rows: queries });
  }
  if (whole >= 1) return jobs;
  const some = rowsInReach(gpu, inputs, size, "queries");
  if (some < 1) {
    throw new RangeError(
      `Cannot run topKAttention on ${gpu.name}: the ${size.keys} keys and values of one batch must lie in one ` +
        `binding, and there a binding holds ${gpu.maxBinding} bytes; use the CPU`,
    );
  }
  for (let batch = 0; batch < batches; batch++) {
    for (let query = 0; query < queries; query += some) {
      jobs.push({ batch, batches: 1, query, rows: Math.min(some, queries - query) });
    }
  }
  return jobs;
}
