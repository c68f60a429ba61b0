import { RangeError, TypeError } from "../../../lib/errors.ts";
import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { type Gpu, grid, type Pass, type Shader } from "../core/gpu.ts";
import { bind, bindingChunks } from "../core/binding_chunks.ts";
import {
  bufferOf,
  emptyOnGpu,
  gpuOf,
  type KernelType,
  requireSameShape,
  requireType,
} from "../core/tensors.ts";
import { entry, floatBuffer, sumOfPartials, THREADS } from "../core/wgsl.ts";
import { type Axis, importanceTwin } from "./importance_cpu.ts";

/** Terms that {@linkcode importance} adds up: of a weight w with gradient g. */
export type Measure =
  /** |w|, for L1 norms: Li et al., "Pruning Filters for Efficient ConvNets", 2017, section 3.1. */
  | "magnitude"
  /** w², for L2 norms. */
  | "square"
  /**
   * |w·g|: Molchanov et al., "Pruning Convolutional Neural Networks for Resource Efficient Inference", 2017,
   * eq. 8.
   */
  | "taylor"
  /** (w·g)²: Molchanov et al., "Importance Estimation for Neural Network Pruning", 2019, eq. 8. */
  | "taylor-square";

/** Each measure in WGSL. */
const MEASURES: Readonly<Record<Measure, { gradient: boolean; wgsl: string }>> = {
  magnitude: { gradient: false, wgsl: "abs(w)" },
  square: { gradient: false, wgsl: "w * w" },
  taylor: { gradient: true, wgsl: "abs(w * g)" },
  "taylor-square": { gradient: true, wgsl: "(w * g) * (w * g)" },
};

/** Settings of {@linkcode importance}. */
export interface ImportanceOptions {
  /** Measure of each weight, before it is summed. Default `"magnitude"`. */
  measure?: Measure | undefined;
  /** Gradient of the loss by the weight, in the weight's shape; the Taylor measures need it. */
  gradient?: Tensor | undefined;
  /**
   * Axes that stay, in ascending order; over all others it is summed. Default: all, a number for each weight.
   */
  keep?: readonly number[] | undefined;
  /** A result that is added to, before the root: so tensors that are coupled give one sum. */
  add?: Tensor | undefined;
  /** Whether the square root is taken in the end. Default false. */
  root?: boolean | undefined;
}

/**
 * How much weights matter: a measure of each one, summed over axes. With `keep: [0]` a number per filter,
 * with `keep: [1]` one per input channel; the L2 norm of each filter is `{ measure: "square", keep: [0],
 * root: true }`.
 *
 * The weight is read once. On the CPU sums are taken in float64; on a GPU in float32, in a fixed order. NaN
 * gives NaN.
 *
 * @param weight float32 or float16, of any shape, on the CPU or a GPU; the result lies at the same place
 * @returns float32, of the shape that stays
 * @throws TypeError where the gradient is missing, or tensors do not fit in shape, type or place; RangeError
 * where an axis is none
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const filters = float32([3, -4, 0, 1], [2, 2]);
 * const norms = await importance(filters, { measure: "square", keep: [0], root: true });
 * assert.deepEqual([...norms.data], [5, 1]);
 * ```
 */
export async function importance(weight: Tensor, options: ImportanceOptions = {}): Promise<Tensor> {
  const { measure = "magnitude", gradient, add, root = false } = options;
  if (!Object.hasOwn(MEASURES, measure)) {
    throw new RangeError(
      `Cannot run importance: measure "${measure}" is none of ${Object.keys(MEASURES).join(", ")}`,
    );
  }
  const gpu = gpuOf("importance", { weight, gradient, add });
  const needed = MEASURES[measure].gradient;
  if (needed && !gradient) {
    throw new TypeError(`Cannot run importance: measure "${measure}" needs the gradient of the weight`);
  }
  const terms = { weight, ...needed && { gradient: gradient! } };
  for (const [name, { type }] of Object.entries(terms)) {
    requireType(type, ["float32", "float16"], "importance", `"${name}"`);
  }
  requireSameShape("importance", terms);
  const { keep = weight.dims.map((_, axis) => axis) } = options;
  requireAxes(keep, weight.dims);
  const dims = keep.map((axis) => weight.dims[axis]!);
  if (add) {
    requireType(add.type, ["float32"], "importance", '"add"');
    if (sizeOf(add.dims) !== sizeOf(dims)) {
      throw new TypeError(
        `Cannot run importance: "add" is [${add.dims.join(", ")}], expected [${dims.join(", ")}]`,
      );
    }
  }
  return gpu
    ? await onGpu(gpu, weight, terms.gradient, { measure, keep, dims, add, root })
    : importanceTwin(weight, terms.gradient, { measure, axes: collapse(weight.dims, keep), dims, add, root });
}

interface Work {
  measure: Measure;
  keep: readonly number[];
  /** Shape of the result. */
  dims: readonly number[];
  add: Tensor | undefined;
  root: boolean;
}

function requireAxes(keep: readonly number[], dims: readonly number[]): void {
  keep.forEach((axis, i) => {
    if (Number.isInteger(axis) && axis >= 0 && axis < dims.length && (i === 0 || axis > keep[i - 1]!)) return;
    throw new RangeError(
      `Cannot run importance: keep is [${keep.join(", ")}], expected ascending axes of [${dims.join(", ")}]`,
    );
  });
}

/** Neighbouring axes that stay, or go, together are one. */
function collapse(dims: readonly number[], keep: readonly number[]): Axis[] {
  const axes: Axis[] = [];
  dims.forEach((size, axis) => {
    const stays = keep.includes(axis);
    const last = axes.at(-1);
    if (last?.stays === stays) last.size *= size;
    else axes.push({ size, stays });
  });
  return axes;
}

/** Elements that a workgroup adds up when they lie side by side. */
const SPAN = 8192;

/** Threads that keep a GPU busy when each adds up a column. */
const BUSY = 65536;

/**
 * The GPU's way: sums over one axis at a time. The first reads all weights, over the axis that makes them
 * fewest; those after it read what is left, which is little.
 */
async function onGpu(
  gpu: Gpu,
  weight: Tensor,
  gradient: Tensor | undefined,
  { measure, keep, dims, add, root }: Work,
): Promise<Tensor> {
  const result = emptyOnGpu(gpu, "float32", dims);
  const scratch: Tensor[] = [];
  const passes: Pass[] = [];
  let axes = collapse(weight.dims, keep);
  let terms: Terms = { weight, gradient, measure };
  for (let last = false; !last && sizeOf(dims) > 0;) {
    const at = largestThatGoes(axes);
    const size = (list: readonly Axis[]) => list.reduce((product, axis) => product * axis.size, 1);
    const view: View = at < 0
      ? { outer: 1, middle: 1, inner: size(axes) }
      : { outer: size(axes.slice(0, at)), middle: axes[at]!.size, inner: size(axes.slice(at + 1)) };
    const jobs = cut(gpu, view, terms);
    const left = jobs.splits > 1 ? [{ size: jobs.splits, stays: false }] : [];
    if (at >= 0) axes = [...axes.slice(0, at), ...left, ...axes.slice(at + 1)];
    last = largestThatGoes(axes) < 0;
    const sums = last ? result : emptyOnGpu(gpu, "float32", [view.outer, jobs.splits, view.inner]);
    if (!last) scratch.push(sums);
    passes.push(...jobs.list.map((job) => sumPass(gpu, job, terms, { sums, ...last && { add, root } })));
    terms = { weight: sums, gradient: undefined, measure: undefined };
  }
  try {
    await gpu.run(passes);
  } catch (error) {
    result.dispose();
    throw error;
  } finally {
    for (const tensor of scratch) tensor.dispose();
  }
  return result;
}

/** Terms of a sum: the measure of weights, or sums that are there already. */
interface Terms {
  weight: Tensor;
  gradient: Tensor | undefined;
  measure: Measure | undefined;
}

/** A tensor seen as [outer, middle, inner], to be summed over the middle. */
interface View {
  outer: number;
  middle: number;
  inner: number;
}

/** A view that bindings reach: of the elements from `start` on, into the sums from `out` on. */
interface Job extends View {
  start: number;
  out: number;
  /** The middle gives so many sums, of `chunk` elements each. */
  splits: number;
  chunk: number;
}

/** The place of the largest axis that goes, −1 where there is none. */
function largestThatGoes(axes: readonly Axis[]): number {
  return axes.reduce(
    (best, { size, stays }, i) => !stays && (best < 0 || size > axes[best]!.size) ? i : best,
    -1,
  );
}

/** Cuts a view into jobs, and says how many sums the middle of each row gives in all. */
function cut(gpu: Gpu, { outer, middle, inner }: View, { weight }: Terms): { list: Job[]; splits: number } {
  const bytes = Math.max(weight.type === "float16" ? 2 : 4, 4 / Math.max(middle, 1));
  const threads = outer * inner;
  const chunk = inner === 1 ? SPAN : Math.max(Math.ceil(middle * threads / BUSY), 32);
  const splitsOf = (middle: number) => Math.max(Math.ceil(middle / chunk), 1);
  const job = (part: Partial<Job> & { start: number; out: number }): Job => ({
    outer,
    inner,
    middle,
    chunk,
    splits: splitsOf(part.middle ?? middle),
    ...part,
  });
  if (middle === 1 && outer === 1) {
    const list = bindingChunks(gpu, inner, { bytesPerElement: bytes });
    return { list: list.map(({ start, count }) => job({ inner: count, start, out: start })), splits: 1 };
  }
  const row = middle * inner;
  if (row * bytes + gpu.alignment <= gpu.maxBinding) {
    const splits = splitsOf(middle);
    const list = bindingChunks(gpu, outer * row, { bytesPerElement: bytes, unit: Math.max(row, 1) }).map((
      { start, count },
    ) => job({ outer: count / row, start, out: start / row * splits * inner }));
    // A middle without elements still gives sums: zeros.
    return { list: row === 0 ? [job({ start: 0, out: 0 })] : list, splits };
  }
  // One row is more than a binding reaches: each is cut along its middle.
  const pieces = bindingChunks(gpu, row, { bytesPerElement: bytes, unit: inner });
  const splits = pieces.reduce((sum, { count }) => sum + splitsOf(count / inner), 0);
  const list = Array.from({ length: outer }, (_, o) => {
    let out = o * splits * inner;
    return pieces.map(({ start, count }) => {
      const piece = job({ outer: 1, middle: count / inner, start: o * row + start, out });
      out += piece.splits * inner;
      return piece;
    });
  });
  return { list: list.flat(), splits };
}

function sumPass(
  gpu: Gpu,
  { outer, middle, inner, start, out, splits, chunk }: Job,
  { weight, gradient, measure }: Terms,
  { sums, add, root = false }: { sums: Tensor; add?: Tensor | undefined; root?: boolean },
): Pass {
  const type = weight.type as KernelType;
  const gradientType = gradient?.type as KernelType | undefined;
  const read = { start, count: outer * middle * inner };
  const written = { start: out, count: outer * splits * inner };
  const w = bind(gpu, bufferOf(weight), read, type === "float16" ? 2 : 4);
  const g = gradient && bind(gpu, bufferOf(gradient), read, gradientType === "float16" ? 2 : 4);
  const s = bind(gpu, bufferOf(sums), written, 4);
  const a = add && bind(gpu, bufferOf(add), written, 4);
  const bindings = [w, s, ...g ? [g] : [], ...a ? [a] : []].map(({ binding }) => binding);
  const shifts = [w.shift, s.shift, g?.shift ?? 0, a?.shift ?? 0];
  return {
    shader: sumShader({
      type,
      gradientType,
      measure,
      rows: inner === 1 && middle > 1,
      add: a !== undefined,
      root,
    }),
    bindings,
    params: [outer, middle, inner, splits, chunk, ...shifts],
    workgroups: grid(
      inner === 1 && middle > 1 ? outer * splits : Math.ceil(outer * splits * inner / THREADS),
    ),
  };
}

interface Variant {
  type: KernelType;
  gradientType: KernelType | undefined;
  measure: Measure | undefined;
  /** Whether a workgroup adds up a run of neighbours; else each thread adds up a column. */
  rows: boolean;
  add: boolean;
  root: boolean;
}

function sumShader({ type, gradientType, measure, rows, add, root }: Variant): Shader {
  const plus = add ? "sum += read_before(p.before + place);" : "";
  const finish = `${plus}\n    sums[p.out + place] = ${root ? "sqrt(sum)" : "sum"};`;
  const byRow = `
  let row = group / p.splits;
  let begin = group % p.splits * p.chunk;
  let end = min(begin + p.chunk, p.middle);
  var sum = 0.0;
  if (row < p.outer) {
    for (var i = begin + thread; i < end; i += ${THREADS}u) { sum += term(row * p.middle + i); }
  }
  partial[thread] = sum;
  ${sumOfPartials()}
  if (thread == 0u && row < p.outer) {
    let place = group;
    sum = partial[0];
    ${finish}
  }`;
  const byColumn = `
  let place = group * ${THREADS}u + thread;
  if (place < p.outer * p.splits * p.inner) {
    let column = place % p.inner;
    let chunk = place / p.inner;
    let row = chunk / p.splits;
    let begin = chunk % p.splits * p.chunk;
    let end = min(begin + p.chunk, p.middle);
    var sum = 0.0;
    for (var i = begin; i < end; i++) { sum += term((row * p.middle + i) * p.inner + column); }
    ${finish}
  }`;
  return {
    name: "importance",
    code: `
struct Params {
  outer: u32, middle: u32, inner: u32, splits: u32, chunk: u32, // [outer, middle, inner] → [outer, splits, inner]
  weight: u32, out: u32, gradient: u32, before: u32, // where each begins in its binding
}
@group(0) @binding(0) var<uniform> p: Params;
${floatBuffer("weight", 1, type)}
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
${gradientType ? floatBuffer("gradient", 3, gradientType) : ""}
${add ? floatBuffer("before", gradientType ? 4 : 3, "float32") : ""}
${rows ? `var<workgroup> partial: array<f32, ${THREADS}>;` : ""}

fn term(i: u32) -> f32 {
  let w = read_weight(p.weight + i);
  ${gradientType ? "let g = read_gradient(p.gradient + i);" : ""}
  return ${measure ? MEASURES[measure].wgsl : "w"};
}
${entry()}
${rows ? byRow : byColumn}
}`,
  };
}
