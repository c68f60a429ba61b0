import { gemm } from "../../../kernels/webgpu/linear/gemm.ts";
import type { NmPattern } from "../../../kernels/webgpu/nm/nm_groups.ts";
import { cut, type Products } from "./products.ts";
import { fitGroup, type Grid, type GridOptions, onGrid } from "./grid.ts";
import { smallestOfAll } from "./smallest.ts";

/** Settings of {@linkcode sweep}. */
export interface SweepOptions {
  /** Columns among which weights are compared, and whose errors are brought to the rest at once. */
  blockSize: number;
  /** Part of the weights of each block that goes. Default 0. */
  sparsity?: number | undefined;
  /** N:M sparsity, n of every m neighbours of a row stay, in place of `sparsity`. */
  nm?: NmPattern | undefined;
  /** Whether as many go as in the reference implementation: one more of each block, and all ties. */
  referenceCompatible?: boolean | undefined;
  /** Levels to which weights that stay are rounded. */
  grid?: Grid | undefined;
  /**
   * Whether a group's levels are laid over its weights when the sweep comes to them, as `fitGroup` does.
   */
  refit?: Pick<GridOptions, "symmetric" | "mse"> | undefined;
  /** Large products in float32, in place of those in float64 on one thread. */
  products?: Products | undefined;
}

/** Columns whose errors are brought to the rest at once. */
interface Block {
  start: number;
  size: number;
}

/**
 * Goes through the columns of a matrix, sets to zero or rounds what is in them, and makes up for it in the
 * columns behind: SparseGPT, with a grid and no sparsity GPTQ, with both the two at once.
 *
 * For column j, with U the upper factor of the inverse Hessian: e = (w_j − q_j)/U_jj, loss += e²/2, w_k ← w_k
 * − e · U_jk for k > j. Source: E. Frantar, D. Alistarh, "SparseGPT: Massive Language Models Can Be
 * Accurately Pruned in One-Shot", 2023, algorithm 1; E. Frantar et al., "GPTQ", 2022.
 *
 * @param weight [rows, columns], which becomes the result
 * @param u of `inverseFactor`
 * @returns loss of each row, ½ δ (H + damping) δᵀ
 */
export async function sweep(
  weight: Float64Array,
  u: Float64Array,
  { rows, columns }: { rows: number; columns: number },
  { blockSize, sparsity = 0, nm, referenceCompatible = false, grid, refit, products }: SweepOptions,
): Promise<Float64Array> {
  const losses = new Float64Array(rows);
  const gone = new Uint8Array(columns);
  for (let start = 0; start < columns; start += blockSize) {
    const size = Math.min(blockSize, columns - start);
    const goes = nm
      ? new Uint8Array(0)
      : smallestOfAll(blockScores(weight, u, columns, { start, size }), sparsity, referenceCompatible);
    const errors = new Float64Array(rows * size);
    for (let row = 0; row < rows; row++) {
      const w = weight.subarray(row * columns, (row + 1) * columns);
      for (let i = 0; i < size; i++) {
        const j = start + i;
        const diagonal = u[j * columns + j]!;
        if (nm && i % nm.m === 0) markGroup(gone, w, u, { first: j, pattern: nm });
        const group = grid ? row * grid.groups + Math.floor(j / grid.groupSize) : 0;
        if (grid && refit && j % grid.groupSize === 0) {
          fitGroup(grid, group, w, {
            from: j,
            to: Math.min(j + grid.groupSize, columns),
            ...refit,
          });
        }
        const value = w[j]!;
        const stays = (nm ? gone[j] : goes[row * size + i]) ? 0 : grid ? onGrid(grid, group, value) : value;
        w[j] = stays;
        const error = (value - stays) / diagonal;
        if (error === 0) continue;
        errors[row * size + i] = error;
        losses[row]! += error * error / 2;
        for (let k = j + 1, from = j * columns + k; k < start + size; k++, from++) w[k]! -= error * u[from]!;
      }
    }
    if (start + size < columns) await makeUp({ weight, u, columns }, errors, { start, size }, products);
  }
  return losses;
}

/** What is lost of each weight of a block of columns where it goes, up to a factor: [rows, size]. */
function blockScores(
  weight: Float64Array,
  u: Float64Array,
  columns: number,
  { start, size }: Block,
): Float64Array {
  const scores = new Float64Array(weight.length / columns * size);
  for (let from = start, place = 0; from < weight.length; from += columns) {
    for (let i = 0; i < size; i++, place++) {
      const j = start + i;
      scores[place] = (weight[from + i]! / u[j * columns + j]!) ** 2;
    }
  }
  return scores;
}

/** Brings the errors of a block of columns, [rows, size], to all columns behind it. */
async function makeUp(
  { weight, u, columns }: { weight: Float64Array; u: Float64Array; columns: number },
  errors: Float64Array,
  { start, size }: Block,
  products: Products | undefined,
): Promise<void> {
  const rows = errors.length / size;
  const behind = start + size;
  const rest = columns - behind;
  if (!products?.isWorth(rows * size * rest)) {
    gemm(
      { data: weight, offset: behind, row: columns, column: 1 },
      { data: errors, row: size, column: 1 },
      { data: u, offset: start * columns + behind, row: columns, column: 1 },
      { m: rows, n: rest, k: size, alpha: -1, beta: 1 },
    );
    return;
  }
  const factor = cut(u, columns, [start, size], [behind, rest]);
  const change = await products.multiply(Float32Array.from(errors), factor, rows, size, rest);
  for (let row = 0, place = 0; row < rows; row++) {
    const to = row * columns + behind;
    for (let k = 0; k < rest; k++, place++) weight[to + k]! -= change[place]!;
  }
}

/** Marks the m − n weights of a group whose loss is smallest as they are now, of equal ones the first. */
function markGroup(
  gone: Uint8Array,
  w: Float64Array,
  u: Float64Array,
  { first, pattern: { n, m } }: { first: number; pattern: NmPattern },
): void {
  const columns = w.length;
  const end = Math.min(first + m, columns);
  const score = (j: number) => (w[j]! / u[j * columns + j]!) ** 2;
  for (let j = first; j < end; j++) {
    let smaller = 0;
    for (let k = first; k < end; k++) {
      if (k !== j && (score(k) < score(j) || (score(k) === score(j) && k < j))) smaller++;
    }
    gone[j] = Number(smaller < end - first - n);
  }
}
