import { gridOf } from "../numeric/grid.ts";
import { inverseFactor } from "../numeric/inverse_factor.ts";
import { sweep } from "../numeric/sweep.ts";
import type { InputStatistics } from "../calibrate/statistics.ts";
import type { Compressed, Matrix, Target } from "./method.ts";

/** Compresses by a sweep over the columns: what SparseGPT, GPTQ and the two together have in common. */
export async function swept(
  matrix: Matrix,
  target: Target,
  prunes: boolean,
): Promise<Compressed> {
  const { weight, rows, columns, inputs, products } = matrix;
  const { bits, groupSize, symmetric, mse, pattern, sparsity, referenceCompatible } = target;
  const { gram } = inputs!;
  const hessian = hessianOf(inputs!);
  const { u, damping } = await inverseFactor(hessian, columns, target.damping, products);
  const result = withoutDead(matrix);
  const grid = bits === undefined
    ? undefined
    : gridOf(weight, rows, columns, { bits, groupSize, symmetric, mse });
  const losses = await sweep(result, u, { rows, columns }, {
    blockSize: blockSizeFor(target, columns),
    pattern: prunes ? pattern : undefined,
    sparsity: prunes ? sparsity : undefined,
    referenceCompatible: prunes ? referenceCompatible : undefined,
    grid,
    refit: groupSize === undefined || prunes ? undefined : { symmetric, mse },
    products,
  });
  // The sweep's loss is that with damping, and without inputs that were never on, which cost nothing.
  let trace = 0;
  for (let i = 0; i < hessian.length; i += columns + 1) trace += hessian[i] || 1;
  const added = damping * trace / columns;
  let squares = 0;
  for (let from = 0; from < result.length; from += columns) {
    for (let j = 0; j < columns; j++) {
      if (gram[j * (columns + 1)] !== 0) squares += (weight[from + j]! - result[from + j]!) ** 2;
    }
  }
  const damped = losses.reduce((sum, loss) => sum + loss, 0);
  return { weight: result, grid, damping, loss: Math.max(0, damped - added * squares / 2) };
}

/** H = 2/n Σ x xᵀ of n sequences. */
export function hessianOf({ gram, sequences }: InputStatistics): Float64Array {
  const hessian = new Float64Array(gram.length);
  for (let i = 0; i < gram.length; i++) hessian[i] = 2 / sequences * gram[i]!;
  return hessian;
}

/** The weight with zeros for inputs that were never on. */
export function withoutDead({ weight, rows, columns, inputs }: Matrix): Float64Array {
  const result = weight.slice();
  for (let j = 0; j < columns; j++) {
    if (inputs!.gram[j * columns + j] !== 0) continue;
    for (let row = 0; row < rows; row++) result[row * columns + j] = 0;
  }
  return result;
}

/** Blocks hold whole groups: of neighbours, and of weights that share a scale. */
export function blockSizeFor({ blockSize, pattern, groupSize = 1 }: Target, columns: number): number {
  const unit = leastMultiple(pattern?.m ?? 1, Math.min(groupSize, columns));
  return Math.max(Math.floor(blockSize / unit), 1) * unit;
}

function leastMultiple(a: number, b: number): number {
  let multiple = a;
  while (multiple % b !== 0) multiple += a;
  return multiple;
}
