import { choleskyInverse } from "../../../kernels/webgpu/linear/cholesky_inverse.ts";
import { copyPasses } from "../../../kernels/webgpu/linear/copy_matrix.ts";
import { matrix as matrixOf } from "../../../kernels/webgpu/linear/matrix_on_gpu.ts";
import { sparseGptBlock } from "../../../kernels/webgpu/sparse_gpt/sparse_gpt_block.ts";
import type { Gpu } from "../../../kernels/webgpu/core/gpu.ts";
import { emptyOnGpu } from "../../../kernels/webgpu/core/tensors.ts";
import { RangeError } from "../../errors.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { fitGroup, type Grid, gridOf, type GridOptions } from "../numeric/grid.ts";
import { inverseFactor } from "../numeric/inverse_factor.ts";
import { type Lent, lentBy } from "../numeric/on_gpu.ts";
import type { Compressed, Matrix, Target } from "./method.ts";
import { blockSizeFor, hessianOf, withoutDead } from "./swept.ts";

/**
 * The sweep of `swept` by the kernels of a GPU, in float32. A Hessian that float32 cannot factor, or
 * that is hardly damped, is factored on the CPU, so that it is damped as much as there.
 *
 * @returns nothing where the kernels cannot do it: groups of m neighbours that are not whole
 */
export async function sweptOnGpu(
  gpu: Gpu,
  matrix: Matrix,
  target: Target,
  prunes: boolean,
): Promise<Compressed | undefined> {
  const { weight, rows, columns } = matrix;
  const { bits, groupSize, symmetric, mse, pattern, sparsity, referenceCompatible } = target;
  const size = Math.min(groupSize ?? columns, columns);
  if (
    prunes && pattern &&
    (pattern.m > 32 || columns % pattern.m !== 0 || (size < columns && size % pattern.m !== 0))
  ) {
    return undefined;
  }
  using lent = lentBy(gpu);
  const { factor, damping } = await factorOn(lent, matrix, target);
  const grid = bits === undefined
    ? undefined
    : gridOf(weight, rows, columns, { bits, groupSize, symmetric, mse });
  const swept = lent.matrix(withoutDead(matrix), [rows, columns]);
  const loss = lent.matrix(new Float64Array(rows), [rows]);
  const words = Math.ceil(columns / 32);
  const mask = lent.put(new Tensor("uint32", new Uint32Array(rows * words), [rows, words]));
  const refits = grid !== undefined && groupSize !== undefined && !prunes;
  const whole = grid && !refits
    ? lent.matrix(pairs(grid, 0, grid.groups), [rows, 2 * grid.groups])
    : undefined;
  const blockSize = blockSizeFor(target, columns);
  for (let start = 0, count = 0; start < columns; start += count) {
    count = Math.min(refits ? size - start % size : blockSize, blockSize, columns - start);
    const group = Math.floor(start / size);
    if (refits && start % size === 0) await refit(gpu, grid, swept, { group, symmetric, mse });
    using own = lentBy(gpu);
    const levels = refits ? own.matrix(pairs(grid, group, 1), [rows, 2]) : whole;
    await sparseGptBlock(swept, factor, {
      start,
      size: count,
      loss,
      mask,
      sparsity: prunes ? sparsity : 0,
      nm: prunes ? pattern : undefined,
      referenceCompatible: prunes ? referenceCompatible : undefined,
      grid: levels,
      bits: levels && bits,
      groupSize: levels && !refits ? size : undefined,
    });
  }
  return { weight: onLevels(await lent.read(swept), columns, grid), grid, damping };
}

/**
 * Damping for each column under which rounding in float32 decides: of the largest eigenvalue, which may be as
 * many times the diagonal's mean as there are columns, as much is lost.
 */
const LEAST_DAMPING = 2 ** -22;

/** The upper factor of the damped Hessian's inverse, there. */
async function factorOn(
  lent: Lent,
  { inputs, columns, products }: Matrix,
  target: Target,
): Promise<{ factor: Tensor; damping: number }> {
  const hessian = hessianOf(inputs!);
  const { damping } = target;
  if (damping >= LEAST_DAMPING * columns) {
    try {
      const there = lent.matrix(hessian, [columns, columns]);
      return { factor: lent.put(await choleskyInverse(there, { damping, zerosAsOnes: true })), damping };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  const found = await inverseFactor(hessian, columns, damping, products);
  return { factor: lent.matrix(found.u, [columns, columns]), damping: found.damping };
}

/** Lays a group's levels over the weights as they are now. */
async function refit(
  gpu: Gpu,
  grid: Grid,
  weight: Tensor,
  { group, ...options }: { group: number } & Pick<GridOptions, "symmetric" | "mse">,
): Promise<void> {
  const [rows, columns] = weight.dims as [number, number];
  const first = group * grid.groupSize;
  const count = Math.min(grid.groupSize, columns - first);
  using lent = lentBy(gpu);
  const part = lent.put(emptyOnGpu(gpu, "float32", [rows, count]));
  await gpu.run(
    copyPasses(gpu, matrixOf(part), { ...matrixOf(weight), offset: first }, { rows, columns: count }),
  );
  const numbers = await lent.read(part);
  for (let row = 0; row < rows; row++) {
    fitGroup(grid, row * grid.groups + group, numbers, {
      ...options,
      from: row * count,
      to: (row + 1) * count,
    });
  }
}

/** Scales and zeros of some groups of each row, [rows, 2 · count]. */
function pairs({ scales, zeros, groups }: Grid, first: number, count: number): Float64Array {
  const rows = scales.length / groups;
  return Float64Array.from({ length: rows * count * 2 }, (_, i) => {
    const at = Math.floor(i / (2 * count)) * groups + first + Math.floor(i / 2) % count;
    return i % 2 === 0 ? scales[at]! : zeros[at]!;
  });
}

/** Rounded weights exactly on their levels: float32 arithmetic leaves them beside. */
function onLevels(weight: Float64Array, columns: number, grid: Grid | undefined): Float64Array {
  if (!grid) return weight;
  return weight.map((value, i) => {
    const at = Math.floor(i / columns) * grid.groups + Math.floor(i % columns / grid.groupSize);
    return Math.round(value / grid.scales[at]!) * grid.scales[at]!;
  });
}
