import { RangeError } from "../../errors.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import type { Packing } from "./packing.ts";
import { maskBuilder, positionsOf } from "./positions.ts";

/** Wider rows need larger numbers for a column. */
const MOST_COLUMNS = 2 ** 16;

/**
 * Compressed sparse rows, a row for each index of the first axis: where each row begins as uint32, rows + 1
 * of them, then each column as uint16, or uint32 where rows are wider than 65,536.
 */
export const csr: Packing = {
  name: "csr",
  encode(mask) {
    const [rows, columns] = shapeOf(mask.dims);
    const positions = positionsOf(mask);
    const width = columns > MOST_COLUMNS ? 4 : 2;
    const bytes = new Uint8Array(4 * (rows + 1) + width * positions.length);
    const view = new DataView(bytes.buffer);
    let next = 0;
    for (let row = 0; row <= rows; row++) {
      while (next < positions.length && positions[next]! < row * columns) next++;
      view.setUint32(4 * row, next, true);
    }
    positions.forEach((position, i) => {
      const at = 4 * (rows + 1) + width * i;
      if (width === 2) view.setUint16(at, position % columns, true);
      else view.setUint32(at, position % columns, true);
    });
    return { bytes, numbers: [] };
  },
  decode({ bytes }, dims) {
    const [rows, columns] = shapeOf(dims);
    const width = columns > MOST_COLUMNS ? 4 : 2;
    const kept = (bytes.length - 4 * (rows + 1)) / width;
    if (!Number.isInteger(kept) || kept < 0) {
      throw new RangeError(`${rows} rows do not fit in ${bytes.length} bytes`);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const starts = Array.from({ length: rows + 1 }, (_, row) => view.getUint32(4 * row, true));
    if (starts[0] !== 0 || starts[rows] !== kept) {
      throw new RangeError(`rows go from ${starts[0]} to ${starts[rows]}, expected 0 to ${kept}`);
    }
    const { add, mask } = maskBuilder(dims);
    for (let row = 0; row < rows; row++) {
      for (let i = starts[row]!; i < starts[row + 1]!; i++) {
        const at = 4 * (rows + 1) + width * i;
        if (at + width > bytes.length) throw new RangeError(`row ${row} ends beyond the last column`);
        const column = width === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
        if (column >= columns) throw new RangeError(`column ${column} of a row of ${columns}`);
        add(row * columns + column);
      }
    }
    return mask;
  },
};

/** A tensor as a matrix: the first axis by all others. */
function shapeOf(dims: readonly number[]): [rows: number, columns: number] {
  const rows = dims[0] ?? 1;
  return [rows, rows === 0 ? 0 : sizeOf(dims) / rows];
}
