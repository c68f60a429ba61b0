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
  pattern?: NmPattern | undefined;
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

/** Columns one after the other. */
interface Block {
  start: number;
  size: number;
}

/** Columns within a block whose errors are brought to the rest of the block at once. */
const STRIP = 16;

/** Columns whose errors are brought to all behind them at once, where the engine does that. */
const PANEL = 512;

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
  { blockSize, sparsity = 0, pattern, referenceCompatible = false, grid, refit, products }: SweepOptions,
): Promise<Float64Array> {
  const losses = new Float64Array(rows);
  const gone = new Uint8Array(columns);
  const engine = products?.isWorth(rows * blockSize * columns) ? products : undefined;
  const panel = engine ? Math.max(1, Math.floor(PANEL / blockSize)) * blockSize : blockSize;
  // Groups are judged by what all columns before have left: they begin where a strip does.
  const fits = (pattern === undefined || STRIP % pattern.m === 0) &&
    (!refit || grid!.groupSize % STRIP === 0);
  const strip = fits ? STRIP : blockSize;
  for (let begin = 0; begin < columns; begin += panel) {
    const width = Math.min(panel, columns - begin);
    const errors = new Float64Array(rows * width);
    const swept: Swept = { weight, u, columns, errors, begin, width };
    for (let start = begin; start < begin + width; start += blockSize) {
      const size = Math.min(blockSize, columns - start);
      const goes = pattern
        ? new Uint8Array(0)
        : smallestOfAll(blockScores(weight, u, columns, { start, size }), sparsity, referenceCompatible);
      for (let first = start; first < start + size; first += strip) {
        const end = Math.min(first + strip, start + size);
        for (let row = 0; row < rows; row++) {
          const w = weight.subarray(row * columns, (row + 1) * columns);
          for (let j = first; j < end; j++) {
            const i = j - start;
            const diagonal = u[j * columns + j]!;
            if (pattern && i % pattern.m === 0) markGroup(gone, w, u, { first: j, pattern });
            const group = grid ? row * grid.groups + Math.floor(j / grid.groupSize) : 0;
            if (grid && refit && j % grid.groupSize === 0) {
              fitGroup(grid, group, w, {
                from: j,
                to: Math.min(j + grid.groupSize, columns),
                ...refit,
              });
            }
            const value = w[j]!;
            const isGone = pattern ? gone[j] : goes[row * size + i];
            const stays = isGone ? 0 : grid ? onGrid(grid, group, value) : value;
            w[j] = stays;
            const error = (value - stays) / diagonal;
            if (error === 0) continue;
            errors[row * width + j - begin] = error;
            losses[row]! += error * error / 2;
            for (let k = j + 1, from = j * columns + k; k < end; k++, from++) w[k]! -= error * u[from]!;
          }
        }
        await makeUp(swept, { start: first, size: end - first }, start + size);
      }
      await makeUp(swept, { start, size }, begin + width, engine);
    }
    await makeUp(swept, { start: begin, size: width }, columns, engine);
  }
  return losses;
}

/** A matrix, and the errors of some of its columns, [rows, width], from column `begin` on. */
interface Swept {
  weight: Float64Array;
  u: Float64Array;
  columns: number;
  errors: Float64Array;
  begin: number;
  width: number;
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

/** Brings the errors of some columns to those behind them, up to column `end`. */
async function makeUp(
  { weight, u, columns, errors, begin, width }: Swept,
  { start, size }: Block,
  end: number,
  engine?: Products,
): Promise<void> {
  const rows = errors.length / width;
  const behind = start + size;
  const rest = end - behind;
  if (rest === 0) return;
  if (!engine) {
    gemm(
      { data: weight, offset: behind, row: columns, column: 1 },
      { data: errors, offset: start - begin, row: width, column: 1 },
      { data: u, offset: start * columns + behind, row: columns, column: 1 },
      { m: rows, n: rest, k: size, alpha: -1, beta: 1 },
    );
    return;
  }
  const change = await engine.multiply(
    cut(errors, width, [0, rows], [start - begin, size]),
    cut(u, columns, [start, size], [behind, rest]),
    rows,
    size,
    rest,
  );
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
