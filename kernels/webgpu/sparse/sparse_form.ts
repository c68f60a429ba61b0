import { RangeError, TypeError } from "../../../lib/errors.ts";
import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import type { NmPacked } from "../nm/nm_pack.ts";
import { placeBits } from "../nm/nm_pack_cpu.ts";
import type { SparseRows } from "./sparse_rows.ts";
import type { Entries } from "./spmm_cpu.ts";
import { nmWalk, sparseWalk, type Walk } from "./spmm_wgsl.ts";
import { floatsOf, requireType } from "../core/tensors.ts";

/** A sparse matrix in one of the forms that can be multiplied with. */
export interface SparseForm {
  /** Number of rows of the matrix. */
  rows: number;
  /** Number of columns of the matrix. */
  columns: number;
  /** Tensors in the order of the walk's bindings, with the values as the last. */
  tensors: Readonly<Record<string, Tensor>>;
  /** Walk of a GPU's shader. */
  walk: Walk;
  /**
   * The entries of each row, for the CPU.
   *
   * @throws RangeError where an entry lies outside, or columns do not ascend
   */
  entries(): Entries;
}

/** Checks a sparse matrix and says how its entries are walked. */
export function sparseForm(kernel: string, weight: SparseRows | NmPacked): SparseForm {
  return "starts" in weight ? rowsForm(kernel, weight) : nmForm(kernel, weight);
}

function rowsForm(kernel: string, weight: SparseRows): SparseForm {
  const { rows, columns, block, starts, indices, values } = weight;
  requireType(starts.type, ["uint32"], kernel, '"starts"');
  requireType(indices.type, ["uint32"], kernel, '"indices"');
  requireType(values.type, ["float32"], kernel, '"values"');
  const blocks = Math.ceil(rows / block);
  const entries = sizeOf(indices.dims);
  if (sizeOf(starts.dims) !== blocks + 1 || sizeOf(values.dims) !== entries * block) {
    throw new TypeError(
      `Cannot run ${kernel}: "starts" has ${sizeOf(starts.dims)} and "values" ${
        sizeOf(values.dims)
      } elements, expected ` +
        `${blocks + 1} and ${entries * block}, for ${rows} rows in blocks of ${block} and ${entries} entries`,
    );
  }
  return {
    ...{ rows, columns, tensors: { starts, indices, values }, walk: sparseWalk(block) },
    entries: () => rowsEntries(weight),
  };
}

function rowsEntries({ rows, columns, block, starts, indices, values }: SparseRows): Entries {
  const [from, at] = [starts.data as Uint32Array, indices.data as Uint32Array];
  const all = floatsOf(values) as Float32Array;
  for (let b = 0; b + 1 < from.length; b++) {
    for (let i = from[b]!; i < from[b + 1]!; i++) {
      if (at[i]! < columns && (i === from[b] || at[i]! > at[i - 1]!)) continue;
      throw new RangeError(
        `Cannot multiply with a sparse matrix: entry ${i}, of row ${b * block}, is in column ${
          at[i]
        }, expected ascending ` +
          `ones below ${columns}`,
      );
    }
  }
  if (block === 1 && !all.includes(0)) return { starts: from, columns: at, values: all };
  return collect(rows, all.length, (row, put) => {
    const b = Math.floor(row / block);
    for (let i = from[b]!; i < from[b + 1]!; i++) put(at[i]!, all[i * block + row % block]!);
  });
}

function nmForm(kernel: string, { values, indices, dims, n, m, axis }: NmPacked): SparseForm {
  requireType(values.type, ["float32"], kernel, '"values"');
  requireType(indices.type, ["uint32"], kernel, '"indices"');
  const [rows, columns] = dims as [number, number];
  const { bits, perWord } = placeBits(m);
  const perRow = Math.ceil(columns / m) * n;
  if (dims.length !== 2 || axis !== 1 || sizeOf(values.dims) !== rows * perRow) {
    throw new TypeError(
      `Cannot run ${kernel}: the packed weight is [${dims.join(", ")}] with groups along axis ${axis} and ` +
        `${sizeOf(values.dims)} values, expected a matrix, packed along axis 1, with ${perRow} of each row`,
    );
  }
  return {
    ...{ rows, columns, tensors: { places: indices, values } },
    walk: nmWalk({ n, m, perRow, bits, perWord }),
    entries() {
      const [all, words] = [floatsOf(values), indices.data as Uint32Array];
      return collect(rows, all.length, (row, put) => {
        for (let i = row * perRow; i < (row + 1) * perRow; i++) {
          const inside = words[Math.floor(i / perWord)]! >>> (i % perWord * bits) & (2 ** bits - 1);
          put(Math.floor(i % perRow / n) * m + inside, all[i]!);
        }
      });
    },
  };
}

/** Entries row by row, without zeros that only fill up. */
function collect(
  rows: number,
  most: number,
  walk: (row: number, put: (column: number, value: number) => void) => void,
): Entries {
  const [starts, columns, values] = [
    new Uint32Array(rows + 1),
    new Uint32Array(most),
    new Float32Array(most),
  ];
  let count = 0;
  const put = (column: number, value: number) => {
    if (value === 0) return;
    columns[count] = column;
    values[count++] = value;
  };
  for (let row = 0; row < rows; row++) {
    walk(row, put);
    starts[row + 1] = count;
  }
  return { starts, columns: columns.subarray(0, count), values: values.subarray(0, count) };
}
