import { RangeError } from "../../errors.ts";
import { decodeBlocks } from "../../formats/ggml/decode_blocks.ts";
import { encodeBlocks, isWritable, WRITABLE_TYPES } from "../../formats/ggml/encode_blocks.ts";
import { GGML_TYPES, type WritableGgmlType } from "../../formats/ggml/types.ts";
import { requireOptions } from "../../options.ts";
import { gridOf, roundToGrid } from "../numeric/grid.ts";

/** A way to store the weights of a matrix in fewer bits. */
export interface Format {
  /** How it is named in an allocation. */
  readonly name: string;
  /** All that decides what weights are rounded to, another for every other format: a log is kept by it. */
  readonly identity: string;
  /** Bits of a matrix; undefined where rows of this length do not fit. */
  bits(rows: number, columns: number): number | undefined;
  /** The matrix as it is read back. */
  round(
    weight: Float64Array,
    rows: number,
    columns: number,
    importance: Float64Array | undefined,
  ): Float64Array;
}

/** Settings of {@linkcode gridFormats}. */
export interface GridFormatOptions {
  /** Weights of a row that share a scale. Default: all of a row. */
  groupSize?: number | undefined;
  /** Whether zero is the middle level. Default false: levels reach from the smallest to the largest. */
  symmetric?: boolean | undefined;
  /** Whether ranges shrink to where least is lost. Default false: they hold all weights. */
  mse?: boolean | undefined;
  /** Bits of a scale, which are counted, as is the level of zero. Default 0: neither is counted. */
  scaleBits?: number | undefined;
}

/** Grids of these bits, each named after them. */
export function gridFormats(widths: readonly number[], options: GridFormatOptions = {}): Format[] {
  requireOptions("gridFormats", options, { groupSize: true, symmetric: true, mse: true, scaleBits: true });
  const { groupSize, symmetric = false, mse, scaleBits = 0 } = options;
  return widths.map((bits) => ({
    name: String(bits),
    identity: `grid ${JSON.stringify({ bits, groupSize, symmetric, mse: mse || undefined })}`,
    bits(rows, columns) {
      const groups = Math.ceil(columns / (groupSize ?? columns));
      return rows * (columns * bits + groups * (scaleBits > 0 ? scaleBits + bits : 0));
    },
    round: (weight, rows, columns) =>
      roundToGrid(weight, rows, columns, gridOf(weight, rows, columns, { bits, groupSize, symmetric, mse })),
  }));
}

/** Types whose rounding has changed, and how often: what a log has of them is no more of use. */
const REVISIONS: Readonly<Partial<Record<WritableGgmlType, number>>> = { Q4_1: 1, Q5_1: 1 };

/** Element types of GGUF files. */
export function ggmlFormats(types: readonly WritableGgmlType[]): Format[] {
  const odd = types.find((name) => !isWritable(name));
  if (odd !== undefined) {
    throw new RangeError(`Cannot allocate "${odd}": expected types of ${WRITABLE_TYPES.join(", ")}`);
  }
  return types.map((name) => ({
    name,
    identity: ["ggml", name, ...name in REVISIONS ? [REVISIONS[name]] : []].join(" "),
    bits(rows, columns) {
      const { weights, bytes } = GGML_TYPES[name];
      return columns % weights === 0 ? rows * columns / weights * bytes * 8 : undefined;
    },
    round: (weight, _rows, columns, importance) =>
      Float64Array.from(decodeBlocks(
        encodeBlocks(Float32Array.from(weight), name, { row: columns, importance }),
        name,
      )),
  }));
}
