import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { type Gpu, grid as groups, type Pass } from "../core/gpu.ts";
import { kthValue } from "../select/kth_value.ts";
import { cutoffsOf } from "../select/float_order.ts";
import { matmulPasses } from "../linear/matmul_passes.ts";
import { bindMatrix, matrix, type MatrixOnGpu, rowsOf, strips } from "../linear/matrix_on_gpu.ts";
import { scoreShader, SWEEP_THREADS, sweepShader } from "./sparse_gpt_wgsl.ts";
import type { Block } from "./sparse_gpt_options.ts";
import { emptyOnGpu } from "../core/tensors.ts";
import { THREADS } from "../core/wgsl.ts";

/** Columns that a thread keeps in registers. */
const SWEEP = 16;

/**
 * Prunes a block on a GPU: R · B scores and the selection among them, then runs of 16 columns, each swept
 * with a row in each thread's registers, followed by the product that brings its errors to the columns of the
 * block behind it; in the end the product for all columns behind the block, which is most of the work.
 */
export async function blockOnGpu(gpu: Gpu, block: Block): Promise<void> {
  const { rows, columns, start, size, k, nm, groupSize } = block;
  if (rows === 0 || size === 0) return;
  const errors = emptyOnGpu(gpu, "float32", [rows, size]);
  const scores = nm ? undefined : emptyOnGpu(gpu, "float32", [rows, size]);
  try {
    let cut = { key: 0, ties: 0 };
    if (scores && k > 0) {
      await gpu.run(scorePasses(gpu, block, scores));
      const threshold = await kthValue([scores], k);
      [cut] = cutoffsOf(
        "sparseGptBlock",
        [scores],
        block.allTies ? { ...threshold, tiesBefore: Infinity } : threshold,
      ) as [
        typeof cut,
      ];
    }
    const weight = rowsOf(block.weight, columns);
    const factor = matrix(block.factor);
    const step = nm ? Math.max(Math.floor(SWEEP / nm.m), 1) * nm.m : SWEEP;
    const passes: Pass[] = [];
    const bring = (i: number, count: number, to: number, end: number) => {
      if (to === end) return;
      passes.push(...matmulPasses(
        gpu,
        { ...weight, offset: to },
        [
          { ...matrix(errors), offset: i },
          { ...factor, offset: (start + i) * columns + to },
        ],
        { m: rows, n: end - to, k: count, alpha: -1, beta: 1 },
      ));
    };
    for (let i = 0, count = 0; i < size; i += count) {
      count = Math.min(step, size - i, groupSize - (start + i) % groupSize);
      passes.push(...sweepPasses(gpu, block, { errors, scores, cut, i, count, step }));
      bring(i, count, start + i + count, start + size);
    }
    bring(0, size, start + size, columns);
    await gpu.run(passes);
  } finally {
    errors.dispose();
    scores?.dispose();
  }
}

function scorePasses(
  gpu: Gpu,
  { weight, factor, rows, columns, start, size }: Block,
  scores: Tensor,
): Pass[] {
  const w = { ...rowsOf(weight, columns), offset: start };
  const diagonal = { ...matrix(factor), offset: start * columns + start };
  const u = bindMatrix(gpu, { ...diagonal, stride: columns + 1 }, [0, 0], [size, 1]);
  return strips(gpu, "sparseGptBlock", { rows }, [[w, size], [matrix(scores), size]]).map((
    { count, bound },
  ) => ({
    shader: scoreShader,
    bindings: [bound[0]!.binding, u.binding, bound[1]!.binding],
    params: [count, size, columns, bound[0]!.place[0], u.place[0], bound[1]!.place[0]],
    workgroups: groups(Math.ceil(count * size / THREADS)),
  }));
}

interface Sweep {
  errors: Tensor;
  scores: Tensor | undefined;
  cut: { key: number; ties: number };
  /** The first column, seen from the block's. */
  i: number;
  count: number;
  /** Columns that the shader is written for. */
  step: number;
}

function sweepPasses(
  gpu: Gpu,
  { weight, factor, rows, columns, start, size, nm, loss, mask, grid, groupSize, levels }: Block,
  { errors, scores, cut, i, count, step }: Sweep,
): Pass[] {
  const words = Math.ceil(columns / 32);
  const at = start + i;
  const u = bindMatrix(gpu, { ...matrix(factor), offset: at * columns + at }, [0, 0], [count, count]);
  const views: [MatrixOnGpu, number][] = [
    [{ ...rowsOf(weight, columns), offset: at }, count],
    [{ ...matrix(errors), offset: i }, count],
    [{ ...matrix(mask), stride: words }, words],
    [rowsOf(loss, 1), 1],
    ...scores ? [[{ ...matrix(scores), offset: i }, count] as [MatrixOnGpu, number]] : [],
    ...grid
      ? [[{ ...matrix(grid), offset: 2 * Math.floor(at / groupSize) }, 2] as [MatrixOnGpu, number]]
      : [],
  ];
  const shader = sweepShader({ step, nm, quantised: grid !== undefined });
  return strips(gpu, "sparseGptBlock", { rows }, views).map(({ first, count: here, bound }) => ({
    shader,
    bindings: [u.binding, ...bound.map(({ binding }) => binding)],
    params: [
      ...[here, count, columns, size, words, at, levels],
      ...[cut.key, Math.max(cut.ties - first * size, 0), i, grid?.dims[1] ?? 0],
      ...[u, ...bound].map(({ place }) => place[0]),
    ],
    workgroups: groups(Math.ceil(here / SWEEP_THREADS)),
  }));
}
