import { gridOf } from "../numeric/grid.ts";
import { inverseFactor } from "../numeric/inverse_factor.ts";
import { sweep } from "../numeric/sweep.ts";
import type { Compressed, Matrix, Target } from "./method.ts";

/** Compresses by a sweep over the columns: what SparseGPT, GPTQ and the two together have in common. */
export async function swept(
  { weight, rows, columns, inputs, products }: Matrix,
  target: Target,
  prunes: boolean,
): Promise<Compressed> {
  const { bits, groupSize, symmetric, nm, sparsity, referenceCompatible } = target;
  const { gram, sequences } = inputs!;
  const hessian = gram.map((value) => 2 / sequences * value);
  const { u, damping } = await inverseFactor(hessian, columns, target.damping, products);
  const result = weight.slice();
  const grid = bits === undefined ? undefined : gridOf(weight, rows, columns, { bits, groupSize, symmetric });
  for (let j = 0; j < columns; j++) {
    if (gram[j * columns + j] !== 0) continue;
    for (let row = 0; row < rows; row++) result[row * columns + j] = 0;
  }
  const losses = await sweep(result, u, { rows, columns }, {
    blockSize: blockSizeFor(target, columns),
    ...prunes && { nm, sparsity, referenceCompatible },
    grid,
    refit: groupSize === undefined || prunes ? undefined : { symmetric },
    products,
  });
  // The sweep's loss is that with damping, and without inputs that were never on, which cost nothing.
  let trace = 0;
  for (let i = 0; i < hessian.length; i += columns + 1) trace += hessian[i] || 1;
  const added = damping * trace / columns;
  let squares = 0;
  for (let i = 0; i < result.length; i++) {
    if (gram[i % columns * (columns + 1)] !== 0) squares += (weight[i]! - result[i]!) ** 2;
  }
  const damped = losses.reduce((sum, loss) => sum + loss, 0);
  return { weight: result, grid, damping, loss: Math.max(0, damped - added * squares / 2) };
}

/** Blocks hold whole groups: of neighbours, and of weights that share a scale. */
function blockSizeFor({ blockSize, nm, groupSize = 1 }: Target, columns: number): number {
  const unit = leastMultiple(nm?.m ?? 1, Math.min(groupSize, columns));
  return Math.max(Math.floor(blockSize / unit), 1) * unit;
}

function leastMultiple(a: number, b: number): number {
  let multiple = a;
  while (multiple % b !== 0) multiple += a;
  return multiple;
}
