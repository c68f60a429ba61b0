import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { bind, bindingChunks } from "../core/binding_chunks.ts";
import { filled } from "../core/filled.ts";
import { type Gpu, grid, type Pass } from "../core/gpu.ts";
import { bufferOf, emptyOnGpu, type KernelType } from "../core/tensors.ts";
import { THREADS } from "../core/wgsl.ts";
import type { Measure } from "./importance.ts";
import type { Axis, Sums } from "./importance_cpu.ts";
import { sumShader } from "./importance_wgsl.ts";

/** Elements that a workgroup adds up when they lie side by side. */
const SPAN = 8192;

/** Threads that keep a GPU busy when each adds up a column. */
const BUSY = 65536;

/**
 * The GPU's way: sums over one axis at a time. The first reads all weights, over the axis that makes them
 * fewest; those after it read what is left, which is little.
 */
export async function importanceOnGpu(
  gpu: Gpu,
  weight: Tensor,
  gradient: Tensor | undefined,
  { measure, axes: all, dims, add, root }: Sums,
): Promise<Tensor> {
  const result = emptyOnGpu(gpu, "float32", dims);
  const scratch: Tensor[] = [];
  const passes: Pass[] = [];
  let axes = all;
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
    return await filled(gpu, result, () => passes);
  } finally {
    for (const tensor of scratch) tensor.dispose();
  }
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
