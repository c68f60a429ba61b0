/**
 * numpy's `.npy`: a magic string, a version, a Python dictionary as text, and the elements.
 *
 * Source: numpy.lib.format, versions 1.0 to 3.0.
 */
import { TypeError } from "../errors.ts";
import { sizeOf, Tensor } from "../tensor/tensor.ts";
import { type Cursor, cursor, utf8 } from "./archives/cursor.ts";
import { isUnreadable, type Unreadable } from "./left_out.ts";
import {
  type Elements,
  elementsOf,
  elementsWithin,
  gather,
  type NumericType,
  swapBytes,
} from "./elements.ts";

/** numpy's codes of element types (kind and bytes). */
const TYPES: Readonly<Record<string, NumericType>> = {
  f4: "float32",
  f8: "float64",
  f2: "float16",
  i8: "int64",
  i4: "int32",
  i2: "int16",
  i1: "int8",
  u8: "uint64",
  u4: "uint32",
  u2: "uint16",
  u1: "uint8",
  b1: "bool",
};

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** A numpy header is a line; this is what numpy itself accepts from strangers. */
const MOST_HEADER_BYTES = 10_000;

/** Whether the bytes begin like an `.npy` file. */
function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/**
 * The array of an `.npy` file, in row-major order whatever the file's order, in the machine's byte order.
 *
 * @throws {SyntaxError} a damaged file, or elements that are no numbers: text, records and Python objects
 * (those
 *   would be a pickle) are not read
 */
export function decodeNpy(bytes: Uint8Array, name = "npy file"): Tensor {
  const found = readNpy(bytes, name);
  if (isUnreadable(found)) throw cursor(bytes, name).fail(found.unreadable);
  return found;
}

/** Decodes a .npy file; one that is whole and holds no numbers is told, not thrown. */
export function readNpy(
  bytes: Uint8Array,
  name: string,
  { owned = false }: {
    /** Whether nobody else has the bytes, so that the elements may stay where they are. Default false. */
    owned?: boolean;
  } = {},
): Tensor | Unreadable {
  const place = cursor(bytes, name);
  if (!isNpy(bytes)) throw place.fail("expected \\x93NUMPY, the first bytes of an npy file");
  place.take(MAGIC.length, "the magic bytes");
  const version = place.uint8("the version");
  place.uint8("the version");
  if (version < 1 || version > 3) {
    throw place.fail(`expected version 1 to 3 of the format, found ${version}`, 6);
  }
  const length = version === 1 ? place.uint16("the header's length") : place.uint32("the header's length");
  if (length > MOST_HEADER_BYTES) {
    throw place.fail(`expected a header of at most ${MOST_HEADER_BYTES} bytes, found ${length}`);
  }
  const header = parseHeader(utf8(place.take(length, "the header"), place, "the header"), place);
  if (isUnreadable(header)) return header;
  const { type, size, big, fortran, dims } = header;
  const count = sizeOf(dims);
  if (count * size !== place.left()) {
    throw place.fail(`expected ${count * size} bytes of ${type} [${dims}], found ${place.left()}`);
  }
  const raw = place.take(place.left(), "elements");
  const elements = big
    ? elementsOf(swapBytes(raw, size), type)
    : owned
    ? elementsWithin(raw, type)
    : elementsOf(raw, type);
  return new Tensor(type, fortran ? fromFortran(elements, dims, count) : elements, dims);
}

function parseHeader(
  header: string,
  place: Cursor,
): { type: NumericType; size: number; big: boolean; fortran: boolean; dims: number[] } | Unreadable {
  const fail = (expected: string) =>
    place.fail(`expected ${expected} in the header, found ${header.trim().slice(0, 120)}`);
  // No two runs of spaces may meet, or strangers' texts would be cut in all ways there are.
  const form =
    /^\s*\{\s*(?:'(?:descr|fortran_order|shape)'\s*:\s*(?:'[^']*'|\[[^\]{}]*\]|True|False|\([\d,\sL]*\))\s*(?:,\s*)?){3}\}\s*$/;
  if (!form.test(header)) throw fail("'descr', 'fortran_order' and 'shape' of plain numbers");
  const written = /'descr'\s*:\s*('[^']*'|\[[^\]{}]*\])/.exec(header);
  if (!written) throw fail("an element type");
  const descr = /^'([<>|=])([a-zA-Z]\d+)'$/.exec(written[1]!);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header);
  const shape = /'shape'\s*:\s*\(([^)]*)\)/.exec(header);
  if (!order || !shape) throw fail("an order and a shape");
  const dims = shape[1]!.split(",").map((dim) => dim.trim()).filter((dim) => dim !== "").map((dim) =>
    parseInt(dim)
  );
  if (!dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) throw fail("sizes that are whole numbers");
  if (!descr || !Object.hasOwn(TYPES, descr[2]!)) {
    const types = Object.keys(TYPES).join(", ");
    return {
      unreadable: `expected an element type of ${types} in the header, found ${written[1]!.slice(0, 120)}`,
    };
  }
  return {
    type: TYPES[descr[2]!]!,
    size: Number(descr[2]!.slice(1)),
    big: descr[1] === ">",
    fortran: order[1] === "True",
    dims,
  };
}

/** Column-major elements in row-major order. */
function fromFortran(elements: Elements, dims: readonly number[], count: number): Elements {
  const strides: number[] = [];
  dims.reduce((stride, dim) => {
    strides.push(stride);
    return stride * dim;
  }, 1);
  return gather(elements, { from: 0, dims, strides, count });
}

/**
 * An `.npy` file (version 1.0, little-endian, row-major).
 *
 * @throws {TypeError} a tensor of text or of 4-bit numbers
 */
export function encodeNpy(tensor: Tensor): Uint8Array {
  const code = Object.keys(TYPES).find((code) => TYPES[code] === tensor.type);
  if (!code) {
    throw new TypeError(
      `Cannot write a tensor of type ${tensor.type} as npy: expected one of ${Object.values(TYPES)}`,
    );
  }
  const order = code.endsWith("1") ? "|" : "<";
  const shape = tensor.dims.length === 1 ? `(${tensor.dims[0]},)` : `(${tensor.dims.join(", ")})`;
  const text = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': ${shape}, }`;
  // Elements begin at a multiple of 64; the header ends with a line feed.
  const length = Math.ceil((text.length + 11) / 64) * 64 - 10;
  const header = text.padEnd(length - 1) + "\n";
  const data = tensor.data as Elements;
  const file = new Uint8Array(10 + length + data.byteLength);
  file.set(MAGIC);
  file.set([1, 0, length & 0xff, length >> 8], 6);
  file.set(new TextEncoder().encode(header), 10);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + length);
  return file;
}
