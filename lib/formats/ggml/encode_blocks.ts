import { RangeError } from "../../errors.ts";
import { COUNT, requireNumbers } from "../../bounds.ts";
import { requireOptions } from "../../options.ts";
import { decodeBlocks } from "./decode_blocks.ts";
import { PACK_I } from "./pack_i.ts";
import { PACK_K } from "./pack_k.ts";
import { meanSquare, type Pack } from "./packing.ts";
import { PACK_NUMBERS, PACK_PLAIN } from "./pack_plain.ts";
import { PACK_TERNARY } from "./ternary.ts";
import { GGML_TYPES, type GgmlType, type WritableGgmlType } from "./types.ts";

const PACK: Readonly<Record<Exclude<WritableGgmlType, keyof typeof PACK_NUMBERS>, Pack>> = {
  ...PACK_PLAIN,
  ...PACK_K,
  ...PACK_I,
  ...PACK_TERNARY,
};

/** The types that weights can be written in. */
export const WRITABLE_TYPES = Object.keys({ ...PACK_NUMBERS, ...PACK }) as readonly WritableGgmlType[];

/** Whether weights can be written in a type. */
export function isWritable(type: GgmlType): type is WritableGgmlType {
  return Object.hasOwn(PACK, type) || Object.hasOwn(PACK_NUMBERS, type);
}

/** Settings of {@linkcode encodeBlocks}. */
export interface EncodeOptions {
  /** Weights of a row. Default: all of them are one row. */
  row?: number | undefined;
  /** How much each weight of a row counts: the mean square of what it is multiplied with, over some text. */
  importance?: ArrayLike<number> | undefined;
}

/**
 * Weights in ggml's blocks, by the searches of its own quantizers: the same bytes for the K types, Q8_0, the
 * ternary types, IQ4_NL and the types of 4 and 5 bits, but for codes whose scale is 0, which say nothing.
 *
 * With an importance, errors are weighted by it (ggml's importance matrix), which every type but Q8_0 and the
 * ternary ones has a use for.
 *
 * Source: ggml, `src/ggml-quants.c`, described from commit d99724f.
 *
 * @param weights row after row
 * @returns the blocks, row after row
 * @throws RangeError where a type is only read, rows are no whole blocks, a weight is NaN or infinite or
 * would become so, or the importance is not that of a row
 */
export function encodeBlocks(
  weights: Float32Array,
  type: GgmlType,
  options: EncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  requireOptions("encodeBlocks", options, { row: true, importance: true });
  if (options.row !== undefined) requireNumbers("encode weights", { row: options.row }, COUNT);
  const { row = weights.length, importance } = options;
  const { weights: size } = GGML_TYPES[type];
  if (!isWritable(type)) {
    throw new RangeError(
      `Cannot encode weights as ${type}, which is only read here: take one of ${WRITABLE_TYPES.join(", ")}`,
    );
  }
  if (row % size !== 0 || (row > 0 && weights.length % row !== 0)) {
    throw new RangeError(
      `Cannot encode ${weights.length} weights in rows of ${row} as ${type}: expected whole rows of whole blocks, ` +
        `${size} weights each`,
    );
  }
  if (importance && (importance.length !== row || !Array.from(importance).every((value) => value >= 0))) {
    throw new RangeError(
      `Cannot encode by an importance of ${importance.length} numbers: expected ${row}, none below 0`,
    );
  }
  const bad = weights.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(
      `Cannot encode weight ${bad}, which is ${
        weights[bad]
      }: expected finite numbers; was the model trained ` +
        `with too high a rate?`,
    );
  }
  const out = type === "F32" || type === "F16" || type === "BF16"
    ? PACK_NUMBERS[type](weights)
    : packRows(weights, type, row, importance && Float32Array.from(importance));
  requireFinite(out, type, weights);
  return out;
}

function packRows(
  weights: Float32Array,
  type: keyof typeof PACK,
  row: number,
  counts: Float32Array | undefined,
): Uint8Array<ArrayBuffer> {
  const pack = PACK[type];
  const { weights: size, bytes } = GGML_TYPES[type];
  const out = new Uint8Array(weights.length / size * bytes);
  for (let first = 0; first < weights.length; first += row) {
    const variance = counts ? meanSquare(weights.subarray(first, first + row)) : 0;
    for (let i = 0; i < row; i += size) {
      const at = (first + i) / size * bytes;
      pack(
        weights.subarray(first + i, first + i + size),
        out.subarray(at, at + bytes),
        counts?.subarray(i, i + size),
        variance,
      );
    }
  }
  return out;
}

/** The largest half float: no scale of a block is above its largest weight. */
const MOST_HALF = 65504;

/** Throws RangeError where a number, or the scale of a block, became infinite as it was rounded. */
function requireFinite(blocks: Uint8Array, type: WritableGgmlType, weights: Float32Array): void {
  if (weights.every((value) => Math.abs(value) <= MOST_HALF)) return;
  const bad = decodeBlocks(blocks, type).findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const { weights: size } = GGML_TYPES[type];
  const first = bad - bad % size;
  const most = weights.subarray(first, first + size).reduce(
    (most, value) => Math.max(most, Math.abs(value)),
    0,
  );
  throw new RangeError(
    `Cannot encode weights ${first} to ${
      first + size - 1
    } as ${type}, whose numbers have fewer bits than their ` +
      `largest magnitude, ${most}: take F32, or scale them down`,
  );
}
