import { RangeError, TypeError } from "../../../lib/errors.ts";
import { sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { floatsOf, requireType } from "../core/tensors.ts";

/**
 * A matrix by its entries that are not zero: compressed sparse rows, where a *row* is one row of the matrix
 * or a block of neighbouring ones that share the columns of their entries.
 */
export interface SparseRows {
  /** Number of rows of the matrix. */
  rows: number;
  /** Number of columns of the matrix. */
  columns: number;
  /** Rows of a block; 1 for unstructured sparsity. */
  block: number;
  /**
   * Where the entries of each block of rows begin, and their number in the end: uint32 [⌈rows / block⌉ + 1].
   */
  starts: Tensor;
  /** The column of each entry, ascending within its rows: uint32 [entries]. */
  indices: Tensor;
  /**
   * The numbers of each entry, one for each row of its block; zeros behind the last row: float32 [entries,
   * block].
   */
  values: Tensor;
}

/**
 * The sparse form of a weight: its entries that are not zero; with blocks, those where any of a block's rows
 * is not.
 *
 * @param weight [rows, ...], float32 or float16, seen as [rows, columns], on the CPU
 * @param options.block rows that share their entries' columns, from 1: what output channels of a layer are
 * pruned together. Default 1
 * @throws TypeError where the weight has no rows; RangeError where `block` is no count
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * const { starts, indices, values } = sparseRows(float32([0, 5, 0, 6, 0, 7], [2, 3]));
 * assert.deepEqual([...starts.data, ...indices.data, ...values.data], [0, 1, 3, 1, 0, 2, 5, 6, 7]);
 * ```
 */
export function sparseRows(weight: Tensor, { block = 1 }: { block?: number } = {}): SparseRows {
  requireType(weight.type, ["float32", "float16"], "sparseRows", '"weight"');
  if (weight.dims.length < 1) {
    throw new TypeError("Cannot run sparseRows: the weight is a number, expected rows");
  }
  if (!Number.isInteger(block) || block < 1) {
    throw new RangeError(`Cannot run sparseRows: block is ${block}, expected a count of rows`);
  }
  const data = floatsOf(weight);
  const rows = weight.dims[0]!;
  const columns = sizeOf(weight.dims.slice(1));
  const blocks = Math.ceil(rows / block);
  const starts = new Uint32Array(blocks + 1);
  const isEntry = (b: number, column: number) => {
    for (let row = b * block; row < Math.min((b + 1) * block, rows); row++) {
      if (data[row * columns + column] !== 0) return true;
    }
    return false;
  };
  for (let b = 0; b < blocks; b++) {
    let count = 0;
    for (let column = 0; column < columns; column++) if (isEntry(b, column)) count++;
    starts[b + 1] = starts[b]! + count;
  }
  const entries = starts[blocks]!;
  const indices = new Uint32Array(entries);
  const values = new Float32Array(entries * block);
  for (let b = 0, entry = 0; b < blocks; b++) {
    for (let column = 0; column < columns; column++) {
      if (!isEntry(b, column)) continue;
      indices[entry] = column;
      for (let row = b * block; row < Math.min((b + 1) * block, rows); row++) {
        values[entry * block + row - b * block] = data[row * columns + column]!;
      }
      entry++;
    }
  }
  return {
    rows,
    columns,
    block,
    starts: new Tensor("uint32", starts, [blocks + 1]),
    indices: new Tensor("uint32", indices, [entries]),
    values: new Tensor("float32", values, [entries, block]),
  };
}
