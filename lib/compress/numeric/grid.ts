import { roundEven } from "../../tensor/halves.ts";

/** Values that weights may take, for each row, or for each run of `groupSize` weights of a row. */
export interface Grid {
  /** Bits of a level. */
  readonly bits: number;
  /** Weights of a row that share a scale. */
  readonly groupSize: number;
  /** Groups of a row. */
  readonly groups: number;
  /** Distance of two levels, [rows, groups]. */
  readonly scales: Float64Array;
  /** The level of zero, a whole number, [rows, groups]. */
  readonly zeros: Float64Array;
  /** What weights are multiplied with, column by column, before they lie on their levels. Default: 1. */
  readonly inputScales?: Float64Array | undefined;
}

/** How levels are laid out. */
export interface GridOptions {
  /** Bits of a level, 1 to 16. */
  bits: number;
  /** Weights of a row that share a scale. Default: all of the row. */
  groupSize?: number | undefined;
  /** Whether zero is the middle level. Default: levels reach from the smallest to the largest weight. */
  symmetric?: boolean | undefined;
  /** Whether ranges shrink to where least is lost. Default: they hold all weights. */
  mse?: boolean | undefined;
}

/** A grid whose scales are still to be found. */
export function emptyGrid(rows: number, columns: number, { bits, groupSize = columns }: GridOptions): Grid {
  const groups = Math.ceil(columns / groupSize);
  return {
    bits,
    groupSize,
    groups,
    scales: new Float64Array(rows * groups),
    zeros: new Float64Array(rows * groups),
  };
}

/**
 * Lays levels from the smallest to the largest of some weights, zero among them: lo = min(0, w), hi = max(0,
 * w), scale (hi − lo)/(2ᵇ − 1), zero round(−lo/scale); of no weights but zeros from −1 to 1.
 *
 * With `mse` both ends shrink to the share p of 1, 0.99, …, 0.21 with the least Σ|q − w|^2.4 of weights w on
 * levels q, of equal ones the largest: what is cut off the largest weights is gained in the others. Source:
 * E. Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers",
 * 2022, the search of its reference implementation.
 *
 * @param at number of the group in the grid
 * @param weights from number `from` on up to `to`
 */
export function fitGroup(
  grid: Grid,
  at: number,
  weights: Float64Array,
  { from, to, symmetric = false, mse = false }:
    & { from: number; to: number }
    & Pick<GridOptions, "symmetric" | "mse">,
): void {
  let [low, high] = [0, 0];
  for (let i = from; i < to; i++) {
    if (weights[i]! < low) low = weights[i]!;
    if (weights[i]! > high) high = weights[i]!;
  }
  let best = { share: 1, error: Infinity };
  for (let i = 0; i < (mse ? SHRINKS : 0); i++) {
    const share = 1 - i / 100;
    setRange(grid, at, { low: low * share, high: high * share, symmetric });
    let error = 0;
    for (let j = from; j < to && error < best.error; j++) {
      error += Math.abs(onGrid(grid, at, weights[j]!) - weights[j]!) ** POWER;
    }
    if (error < best.error) best = { share, error };
  }
  setRange(grid, at, { low: low * best.share, high: high * best.share, symmetric });
}

/** Ranges that are tried, each smaller by a hundredth of the first. */
const SHRINKS = 80;

/** Power of the errors whose sum is to be small. */
const POWER = 2.4;

/** Lays a group's levels over a range that holds zero. */
export function setRange(
  grid: Grid,
  at: number,
  { low, high, symmetric = false }: { low: number; high: number; symmetric?: boolean | undefined },
): void {
  const levels = 2 ** grid.bits - 1;
  if (symmetric) [low, high] = [-Math.max(-low, high), Math.max(-low, high)];
  if (low === high) [low, high] = [-1, 1];
  const scale = (high - low) / levels;
  grid.scales[at] = scale;
  grid.zeros[at] = symmetric ? (levels + 1) / 2 : roundEven(-low / scale);
}

/** The grid of a matrix as it is. */
export function gridOf(weight: Float64Array, rows: number, columns: number, options: GridOptions): Grid {
  const grid = emptyGrid(rows, columns, options);
  for (let row = 0; row < rows; row++) {
    for (let group = 0; group < grid.groups; group++) {
      const from = row * columns + group * grid.groupSize;
      const to = Math.min(from + grid.groupSize, (row + 1) * columns);
      fitGroup(grid, row * grid.groups + group, weight, { ...options, from, to });
    }
  }
  return grid;
}

/** The level nearest to a weight, of halves the even one. */
export function onGrid({ bits, scales, zeros }: Grid, at: number, value: number): number {
  const [scale, zero] = [scales[at]!, zeros[at]!];
  return scale * (Math.min(Math.max(roundEven(value / scale) + zero, 0), 2 ** bits - 1) - zero);
}

/** A matrix with every weight on its level. */
export function roundToGrid(weight: Float64Array, rows: number, columns: number, grid: Grid): Float64Array {
  const result = new Float64Array(weight.length);
  for (let row = 0, place = 0; row < rows; row++) {
    for (let j = 0; j < columns; j++, place++) {
      result[place] = onGrid(grid, row * grid.groups + Math.floor(j / grid.groupSize), weight[place]!);
    }
  }
  return result;
}
