import type { GgmlType } from "../../formats/ggml/types.ts";
import { sixBits } from "../../formats/ggml/unpack_k.ts";
import { halfBits } from "../../formats/ggml/unpack_plain.ts";
import { halfTable } from "../../tensor/halves.ts";

/** Weights of a block, which have a scale together. */
export const BLOCK = 32;

/**
 * A matrix in codes of 4 or 8 bits, as ONNX Runtime's MatMulNBits takes them, in blocks of 32 along each row:
 * weights scale · (code − zero) + offset, where zero is the code in the middle, 8 or 128.
 *
 * That codes are centred matters where inputs are rounded: an error in one of them counts by scale · (code −
 * zero), while offsets are multiplied with sums of inputs as they were.
 */
export interface PackedMatrix {
  /** Rows: outputs of the layer. */
  readonly rows: number;
  /** Columns: inputs of the layer. */
  readonly columns: number;
  /** Bits of a code. */
  readonly bits: 4 | 8;
  /** Codes, of 4 bits two a byte, the first in the low half: [rows, columns / 32, 4 · bits]. */
  readonly codes: Uint8Array;
  /** A scale for each block: [rows, columns / 32]. */
  readonly scales: Float32Array;
  /** Offset of all weights of a block, [rows, columns / 32]; none where that is 0. */
  readonly offsets?: Float32Array | undefined;
}

/** A matrix whose codes are read when they are wanted: they do not lie in memory. */
export interface PackedSource {
  /** Rows: outputs of the layer. */
  readonly rows: number;
  /** Columns: inputs of the layer. */
  readonly columns: number;
  /** Bits of a code. */
  readonly bits: 4 | 8;
  /** Reads the codes. */
  read(): PackedMatrix;
  /** Reads the codes some rows at a time, so that never the whole matrix lies in memory. */
  pieces(): Iterable<PackedPiece>;
  /** A matrix of as many numbers, all of which are views of these zeros. */
  blank(zeros: ArrayBuffer): PackedMatrix;
}

/** Some rows of a matrix. */
export interface PackedPiece {
  /** The first of the rows. */
  readonly from: number;
  /** The rows, as a matrix. */
  readonly matrix: PackedMatrix;
}

/** Weights that a piece has, about. */
const PIECE = 2 ** 20;

/** What blocks are unpacked into; of types without offsets these are empty. */
interface Unpacked {
  codes: Uint8Array;
  scales: Float32Array;
  offsets: Float32Array;
}

/** How weights are read. */
interface Layout {
  /** Bits of a code. */
  bits: 4 | 8;
  /** Whether weights have an offset. */
  hasOffsets: boolean;
  /** Unpacks all blocks; a loop for each type, since numbers that go from call to call would be garbage. */
  unpack(blocks: Uint8Array, to: Unpacked): void;
}

const f = Math.fround;

/** Puts halves of `2 · count` bytes, the lower ones or those `shift` bits higher, together by twos. */
const pairs =
  (shift: 0 | 4, count: number) => (bytes: Uint8Array, from: number, codes: Uint8Array, to: number): void => {
    for (let i = 0; i < count; i++) {
      codes[to + i] = bytes[from + 2 * i]! >> shift & 15 | (bytes[from + 2 * i + 1]! >> shift & 15) << 4;
    }
  };
const [low16, high16, low32, high32] = [pairs(0, 8), pairs(4, 8), pairs(0, 16), pairs(4, 16)];

/** 16 bytes with the first 16 codes in their lower halves, and the others in the higher ones. */
function halves(bytes: Uint8Array, from: number, codes: Uint8Array, to: number): void {
  low16(bytes, from, codes, to);
  high16(bytes, from, codes, to + 8);
}

/** The element types that codes express exactly. */
const LAYOUTS: Readonly<Partial<Record<GgmlType, Layout>>> = {
  Q4_0: {
    bits: 4,
    hasOffsets: false,
    unpack(b, { codes, scales }) {
      const half = halfTable();
      for (let i = 0, at = 0; i < scales.length; i++, at += 18) {
        scales[i] = half[halfBits(b, at)]!;
        halves(b, at + 2, codes, 16 * i);
      }
    },
  },
  // d·code + m = d·(code − 8) + (m + 8d), and so in Q4_K.
  Q4_1: {
    bits: 4,
    hasOffsets: true,
    unpack(b, { codes, scales, offsets }) {
      const half = halfTable();
      for (let i = 0, at = 0; i < scales.length; i++, at += 20) {
        scales[i] = half[halfBits(b, at)]!;
        offsets[i] = half[halfBits(b, at + 2)]! + 8 * scales[i]!;
        halves(b, at + 4, codes, 16 * i);
      }
    },
  },
  Q4_K: {
    bits: 4,
    hasOffsets: true,
    unpack(b, { codes, scales, offsets }) {
      const half = halfTable();
      for (let i = 0; i < scales.length; i++) {
        const [at, run] = [(i >> 3) * 144, i & 7];
        scales[i] = half[halfBits(b, at)]! * sixBits(b, at + 4, run, 0);
        offsets[i] = 8 * scales[i]! - f(half[halfBits(b, at + 2)]! * sixBits(b, at + 4, run, 1));
        (run & 1 ? high32 : low32)(b, at + 16 + 32 * (run >> 1), codes, 16 * i);
      }
    },
  },
  Q8_0: {
    bits: 8,
    hasOffsets: false,
    unpack(b, { codes, scales }) {
      const half = halfTable();
      for (let i = 0, at = 0; i < scales.length; i++, at += 34) {
        scales[i] = half[halfBits(b, at)]!;
        for (let k = 0; k < BLOCK; k++) codes[BLOCK * i + k] = b[at + 2 + k]! ^ 128;
      }
    },
  },
};

/** Blocks of a GGUF file as codes that the engine multiplies with; `undefined` for types it has none for. */
export function packedMatrix(
  blocks: Uint8Array,
  type: GgmlType,
  dims: readonly number[],
): PackedMatrix | undefined {
  const layout = LAYOUTS[type];
  if (!layout || dims.length !== 2) return undefined;
  const { bits, hasOffsets } = layout;
  const [rows, columns] = dims as [number, number];
  const count = rows * columns / BLOCK;
  const codes = new Uint8Array(count * 4 * bits);
  const scales = new Float32Array(count);
  const offsets = new Float32Array(hasOffsets ? count : 0);
  layout.unpack(blocks, { codes, scales, offsets });
  return { rows, columns, bits, codes, scales, offsets: hasOffsets ? offsets : undefined };
}

/**
 * A matrix of a GGUF file that stays in codes which the engine multiplies with; `undefined` for types it has
 * none for.
 *
 * @param blocks reads the blocks of rows, up to the second, into memory of their own
 * @param together how many rows at least are read at once
 */
export function packedSource(
  blocks: (from: number, to: number) => Uint8Array<ArrayBuffer>,
  type: GgmlType,
  dims: readonly number[],
  together = 1,
): PackedSource | undefined {
  const layout = LAYOUTS[type];
  if (!layout || dims.length !== 2) return undefined;
  const { bits, hasOffsets } = layout;
  const [rows, columns] = dims as [number, number];
  const count = rows * columns / BLOCK;
  const read = (from: number, to: number): PackedMatrix => {
    const bytes = blocks(from, to);
    const matrix = packedMatrix(bytes, type, [to - from, columns])!;
    bytes.buffer.transfer(0); // gives its memory back now
    return matrix;
  };
  const step = together * Math.max(1, Math.round(PIECE / columns / together));
  return {
    rows,
    columns,
    bits,
    read: () => read(0, rows),
    *pieces() {
      for (let from = 0; from < rows; from += step) {
        yield { from, matrix: read(from, Math.min(from + step, rows)) };
      }
    },
    blank: (zeros) => ({
      rows,
      columns,
      bits,
      codes: new Uint8Array(zeros, 0, count * 4 * bits),
      scales: new Float32Array(zeros, 0, count),
      offsets: hasOffsets ? new Float32Array(zeros, 0, count) : undefined,
    }),
  };
}
