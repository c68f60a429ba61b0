import { RangeError } from "../../errors.ts";
import { gemm } from "../../../kernels/webgpu/linear/gemm.ts";
import type { Model } from "../../onnx/model.ts";
import { constantsToInitializers } from "../../onnx/passes/constants_to_initializers.ts";
import { requireOptions } from "../../options.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { eigenvalues } from "../numeric/eigenvalues.ts";
import { linearLayers, readMatrix } from "../linear_layers.ts";

/** Settings of {@linkcode alphaSparsities}. */
export interface AlphaOptions {
  /** Which layers, by the names of their weights. Default: all of `linearLayers`. */
  layers?: ((weight: string) => boolean) | undefined;
  /** How far sparsities lie apart: from 1 − ε to 1 + ε of the mean, before they are scaled. Default 0.3. */
  epsilon?: number | undefined;
}

/** Eigenvalues below are taken for zeros. */
const ZERO = 1e-5;

/** No matrix goes entirely. */
const MOST = 0.99;

/** @throws {RangeError} where a mean sparsity cannot be spread over layers */
export function requireSpread(sparsity: number, epsilon = 0): void {
  if (sparsity >= 0 && sparsity <= MOST && epsilon >= 0 && epsilon < 1) return;
  throw new RangeError(
    `Cannot spread a sparsity of ${sparsity} by ${epsilon}: expected 0 to ${MOST}, and 0 to below 1`,
  );
}

/**
 * Sparsities by AlphaPruning: blocks whose weights' spectra have heavier tails are taken for better trained,
 * and lose less. The tail exponent α of each matrix's squared singular values is fitted by maximum likelihood
 * from the cut-off on with the smallest Kolmogorov–Smirnov distance, up to 1.5 times the peak of their
 * distribution; sparsities rise linearly with a block's mean α, and their mean over all weights is as asked.
 *
 * Source: H. Lu et al., "AlphaPruning: Using Heavy-Tailed Self Regularization Theory for Improved Layer-wise
 * Pruning of Large Language Models", 2024.
 *
 * @param sparsity mean over all weights, 0 to below 1
 * @returns sparsity of each layer, by its name, at most 0.99
 * @throws {RangeError} where the sparsity is out of bounds
 */
export function alphaSparsities(
  model: Model,
  sparsity: number,
  options: AlphaOptions = {},
): Record<string, number> {
  requireOptions("alphaSparsities", options, { layers: true, epsilon: true });
  const { layers: chosen, epsilon = 0.3 } = options;
  requireSpread(sparsity, epsilon);
  const stored = constantsToInitializers(model);
  const layers = linearLayers(stored).filter(({ weight }) => chosen?.(weight) ?? true);
  const blocks = new Map<string, number[]>();
  for (const layer of layers) {
    const weight = readMatrix(layer, stored.graph.initializers.get(layer.weight) as Tensor);
    const alpha = tailExponent(squaredSingularValues(weight, layer.rows, layer.columns));
    blocks.set(layer.block, [...blocks.get(layer.block) ?? [], alpha]);
  }
  const means = new Map([...blocks].map(([name, own]) => [name, own.reduce((a, b) => a + b) / own.length]));
  const [low, high] = [Math.min(...means.values()), Math.max(...means.values())];
  const parts = layers.map(({ weight, block, rows, columns }) => ({
    weight,
    size: rows * columns,
    ratio: high > low ? 1 - epsilon + 2 * epsilon * (means.get(block)! - low) / (high - low) : 1,
  }));
  return scaled(parts, sparsity);
}

/**
 * Sparsities in these ratios whose mean is as asked; what is cut off at the most is spread over the others.
 */
function scaled(
  parts: readonly { weight: string; size: number; ratio: number }[],
  sparsity: number,
): Record<string, number> {
  const result: Record<string, number> = {};
  let open = [...parts];
  let gone = sparsity * parts.reduce((sum, { size }) => sum + size, 0);
  for (;;) {
    const scale = gone / open.reduce((sum, { size, ratio }) => sum + size * ratio, 0);
    const full = open.filter(({ ratio }) => ratio * scale > MOST);
    if (full.length === 0) {
      for (const { weight, ratio } of open) result[weight] = ratio * scale;
      return result;
    }
    for (const { weight, size } of full) {
      result[weight] = MOST;
      gone -= MOST * size;
    }
    open = open.filter((part) => !full.includes(part));
    if (open.length === 0) return result;
  }
}

/** σ² of a matrix, ascending. */
export function squaredSingularValues(weight: Float64Array, rows: number, columns: number): Float64Array {
  const n = Math.min(rows, columns);
  const gram = new Float64Array(n * n);
  const long = rows > columns;
  const one = { data: weight, row: long ? 1 : columns, column: long ? columns : 1 };
  const other = { data: weight, row: one.column, column: one.row };
  gemm({ data: gram, row: n, column: 1 }, one, other, { m: n, n, k: Math.max(rows, columns) });
  return eigenvalues(gram, n);
}

/** The exponent of the tail of a distribution that is a power law from some cut-off on. */
export function tailExponent(ascending: Float64Array): number {
  const values = ascending.filter((value) => value > ZERO);
  if (values.length < 2) return 1;
  const logs = values.map(Math.log);
  const most = 1.5 * peakOf(values);
  let best = { alpha: 1, distance: Infinity };
  for (let k = 0; k < values.length - 1 && values[k]! <= most; k++) {
    const n = values.length - k;
    let sum = 0;
    for (let i = k; i < values.length; i++) sum += logs[i]! - logs[k]!;
    const alpha = 1 + n / sum;
    let distance = 0;
    for (let i = k; i < values.length; i++) {
      const power = Math.exp((1 - alpha) * (logs[i]! - logs[k]!));
      distance = Math.max(distance, Math.abs(1 - power - (i - k) / n));
    }
    if (distance < best.distance) best = { alpha, distance };
  }
  return best.alpha;
}

/** The left edge of the fullest of 100 parts of the values' range, on a logarithmic scale. */
function peakOf(values: Float64Array): number {
  const [low, high] = [Math.log10(values[0]!), Math.log10(values.at(-1)!)];
  const width = (high - low) / 100;
  if (width === 0) return values[0]!;
  const counts = new Uint32Array(100);
  for (const value of values) counts[Math.min(99, Math.floor((Math.log10(value) - low) / width))]!++;
  return 10 ** (low + counts.indexOf(Math.max(...counts)) * width);
}
