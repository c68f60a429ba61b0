import { unreadable } from "./archives/cursor.ts";
import { unpack } from "./archives/unpack.ts";
import { sizeOf } from "../tensor/tensor.ts";

/** A numeric array of a MATLAB file. */
export interface MatArray {
  /** Sizes; the first one is that of neighbours in `data`. */
  readonly dims: readonly number[];
  /** Column by column, in the type they were stored in. */
  readonly data: ArrayLike<number>;
}

type Read = (view: DataView, at: number) => number;

/** How numbers of a data type are stored: bytes, and how one is read. */
const TYPES: Readonly<Record<number, readonly [size: number, read: Read]>> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at) => view.getInt16(at, true)],
  4: [2, (view, at) => view.getUint16(at, true)],
  5: [4, (view, at) => view.getInt32(at, true)],
  6: [4, (view, at) => view.getUint32(at, true)],
  7: [4, (view, at) => view.getFloat32(at, true)],
  9: [8, (view, at) => view.getFloat64(at, true)],
};

const [UINT8, INT64, UINT64, MATRIX, COMPRESSED] = [2, 12, 13, 14, 15];

/** Classes of arrays that hold numbers: from double to uint64. */
const [FIRST_CLASS, LAST_CLASS] = [6, 15];

/** Set among an array's flags where it has imaginary parts behind the real ones. */
const IS_COMPLEX = 8;

const HEADER = 128;

/**
 * The real numeric arrays of a MATLAB file of level 5, by their names; whatever else is in it is left out:
 * complex arrays, and those stored as whole numbers of 64 bits, among it.
 *
 * Source of the format: MathWorks, "MAT-File Format", chapter 1.
 *
 * @throws SyntaxError where it is no such file, is damaged, or was written on a big-endian machine
 */
export async function decodeMat(bytes: Uint8Array, name = "MAT file"): Promise<Map<string, MatArray>> {
  if (bytes.length < HEADER || bytes[126] !== 0x49 || bytes[127] !== 0x4d || bytes[125] !== 1) {
    throw unreadable(name, 0, "expected a MATLAB file of level 5, little-endian");
  }
  const arrays = new Map<string, MatArray>();
  for (const { type, body } of elements(bytes.subarray(HEADER), name, false)) {
    const matrices = type === COMPRESSED
      ? [...elements(await unpack(body, "deflate", name), name)]
      : [{ type, body }];
    for (const matrix of matrices) {
      const found = matrix.type === MATRIX && arrayOf(matrix.body, name);
      if (found) arrays.set(found.name, found.array);
    }
  }
  return arrays;
}

interface Element {
  type: number;
  body: Uint8Array;
}

/**
 * Data elements one after the other: eight bytes of type and length, or both with up to four bytes of data.
 */
function* elements(bytes: Uint8Array, name: string, padded = true): Generator<Element> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= bytes.length;) {
    const first = view.getUint32(at, true);
    const small = first >>> 16;
    const [type, length, start] = small > 0
      ? [first & 0xffff, small, at + 4]
      : [first, view.getUint32(at + 4, true), at + 8];
    if (small > 4 || start + length > bytes.length) {
      throw unreadable(
        name,
        at,
        `expected ${length} bytes of data, found ${small > 4 ? 4 : bytes.length - start}`,
      );
    }
    yield { type, body: bytes.subarray(start, start + length) };
    const end = small > 0 ? at + 8 : start + length;
    // What is compressed is not filled up to eight bytes.
    at = padded || type !== COMPRESSED ? Math.ceil(end / 8) * 8 : end;
  }
}

/** Flags, sizes, name and numbers; nothing where it holds none that are real and no longer than 53 bits. */
function arrayOf(body: Uint8Array, file: string): { name: string; array: MatArray } | undefined {
  const [flags, sizes, name, numbers] = [...elements(body, file)];
  const [kind = 0, set = 0] = flags?.body ?? [];
  if (kind < FIRST_CLASS || kind > LAST_CLASS || set & IS_COMPLEX || !sizes || !name || !numbers) {
    return undefined;
  }
  if (numbers.type === INT64 || numbers.type === UINT64) return undefined;
  const dims = numbersOf(sizes, file);
  const data = numbersOf(numbers, file);
  const count = sizeOf(Array.from(dims));
  if (data.length !== count) {
    throw unreadable(
      file,
      HEADER,
      `expected ${count} numbers of ${new TextDecoder().decode(name.body)}, found ${data.length}`,
    );
  }
  return { name: new TextDecoder().decode(name.body), array: { dims: Array.from(dims), data } };
}

function numbersOf({ type, body }: Element, file: string): ArrayLike<number> {
  if (type === UINT8) return body;
  const stored = TYPES[type];
  if (!stored) throw unreadable(file, HEADER, `expected numbers, found data of type ${type}`);
  const [size, read] = stored;
  if (body.length % size !== 0) {
    throw unreadable(file, HEADER, `expected whole numbers of ${size} bytes, found ${body.length} bytes`);
  }
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return Float64Array.from({ length: body.length / size }, (_, i) => read(view, i * size));
}
