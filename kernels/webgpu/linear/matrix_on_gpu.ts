import { RangeError } from "../../../lib/errors.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import type { Binding, Gpu } from "../core/gpu.ts";
import { bind } from "../core/binding_chunks.ts";
import { bufferOf, type KernelType } from "../core/tensors.ts";

/** A matrix, or a part of one, in a GPU's buffer: element (i, j) is number offset + i · stride + j. */
export interface MatrixOnGpu {
  /** The buffer that holds the matrix. */
  buffer: GPUBuffer;
  /** Numbers from one row to the next. */
  stride: number;
  /** Where the matrix begins in the buffer, in numbers. Default 0. */
  offset?: number;
  /** Element type of the matrix. Default `"float32"`. */
  type?: KernelType;
  /** Whether its transpose is meant. Default false. */
  transpose?: boolean;
}

/** A tensor on a GPU as the matrix of its last axis. */
export function matrix(tensor: Tensor): MatrixOnGpu {
  return { buffer: bufferOf(tensor), stride: tensor.dims.at(-1) ?? 1, type: tensor.type as KernelType };
}

/** A tensor on a GPU as a matrix of rows of so many numbers, whatever its axes are. */
export const rowsOf = (tensor: Tensor, stride: number): MatrixOnGpu => ({ buffer: bufferOf(tensor), stride });

/** How many rows of a matrix, as they lie in memory, a binding reaches. */
export function rowsInReach(
  gpu: Gpu,
  kernel: string,
  { stride, type }: MatrixOnGpu,
  columns: number,
): number {
  // A binding may have to begin a little before the matrix, see `bind`.
  const most = Math.floor((gpu.maxBinding - gpu.alignment) / (type === "float16" ? 2 : 4));
  if (columns > most) {
    throw new RangeError(
      `Cannot run ${kernel} on ${gpu.name}: a row of ${columns} numbers must lie in one binding, and there a binding ` +
        `holds ${gpu.maxBinding} bytes; use the CPU`,
    );
  }
  return Math.floor((most - columns) / Math.max(stride, 1)) + 1;
}

/**
 * The part of a matrix at row i and column j, and its place in the binding: where it begins, and its two
 * strides.
 */
export function bindMatrix(
  gpu: Gpu,
  { buffer, stride, offset = 0, type, transpose }: MatrixOnGpu,
  [i, j]: [number, number],
  [rows, columns]: [number, number],
): { binding: Binding; place: [from: number, row: number, column: number] } {
  const [row, column] = transpose ? [1, stride] : [stride, 1];
  const { binding, shift } = bind(gpu, buffer, {
    start: offset + i * row + j * column,
    count: rows && columns && (rows - 1) * row + (columns - 1) * column + 1,
  }, type === "float16" ? 2 : 4);
  return { binding, place: [shift, row, column] };
}

/** Rows of matrices that one pass works on. */
export interface Strip {
  /** First row. */
  first: number;
  /** Number of rows. */
  count: number;
  /** Each matrix's binding and place, as of {@linkcode bindMatrix}. */
  bound: ReturnType<typeof bindMatrix>[];
}

/**
 * Cuts rows into strips so that bindings reach what each needs of matrices, given with their numbers of
 * columns; each strip but the last has a multiple of `unit` rows.
 */
export function strips(
  gpu: Gpu,
  kernel: string,
  { rows, unit = 1 }: { rows: number; unit?: number },
  matrices: readonly (readonly [MatrixOnGpu, number])[],
): Strip[] {
  const reach = Math.min(...matrices.map(([view, columns]) => rowsInReach(gpu, kernel, view, columns)));
  const step = Math.max(Math.floor(reach / unit), 1) * unit;
  return Array.from({ length: Math.ceil(rows / step) }, (_, strip) => {
    const first = strip * step;
    const count = Math.min(step, rows - first);
    return {
      first,
      count,
      bound: matrices.map(([view, columns]) => bindMatrix(gpu, view, [first, 0], [count, columns])),
    };
  });
}
