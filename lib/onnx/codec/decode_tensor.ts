import { quoted } from "../../printable.ts";
import { byteLength, elementType, storage } from "../../tensor/element_types.ts";
import { keepUnknownFields } from "./unknown_fields.ts";
import { schema } from "./schema.ts";
import {
  type AnyTensor,
  type DataType,
  type OpaqueType,
  sizeOf,
  Tensor,
  type TensorType,
} from "../../tensor/tensor.ts";
import { concatBytes, type Handlers, type WireReader } from "./wire_reader.ts";

/** A tensor's bytes in another file. */
export interface ExternalReference {
  /** Path relative to the model's folder. */
  location: string;
  /** Offset of the tensor in that file, in bytes. */
  offset: number;
  /** Bytes; to the end of what the tensor needs where it is not given. */
  length: number | undefined;
}

/**
 * Finds the bytes of a tensor in another file: `length` of them. `undefined` leaves the tensor empty, for
 * those who only want to know which files are needed.
 */
export type ResolveExternal = (
  reference: ExternalReference,
  length: number,
  tensor: string,
) => Uint8Array | undefined;

/** The fields of a `TensorProto` as they are collected. */
interface Draft {
  name: string;
  dims: number[];
  code: number;
  raw: Uint8Array | undefined;
  /** Typed fields, as little-endian elements. */
  typed: Uint8Array[];
  strings: string[];
  external: Map<string, string>;
  isExternal: boolean;
}

const entry: Handlers<typeof schema.StringStringEntryProto, { key: string; value: string }> = {
  key: (into, reader) => into.key = reader.string(),
  value: (into, reader) => into.value = reader.string(),
};

/** Reads a `StringStringEntryProto`. */
export function readEntry(reader: WireReader): { key: string; value: string } {
  const pair = { key: "", value: "" };
  reader.fields(schema.StringStringEntryProto, entry, pair);
  return pair;
}

/** Integers of a typed field, in the width of the element type, which may only follow in the file. */
function readInts(into: Draft, reader: WireReader, wide: boolean): void {
  const values: (number | bigint)[] = [];
  reader.ints((value) => values.push(value));
  into.typed.push(
    new Uint8Array(
      (wide
        ? BigInt64Array.from(values, (value) => BigInt(value))
        : Int32Array.from(values, (value) => Number(BigInt.asIntN(32, BigInt(value))))).buffer,
    ),
  );
}

const fields: Handlers<typeof schema.TensorProto, Draft> = {
  dims: (into, reader) =>
    reader.ints((dim) => {
      if (typeof dim === "bigint" || dim < 0) throw reader.fail(`${dim} is no size of a stored tensor`);
      into.dims.push(dim);
    }),
  data_type: (into, reader) => into.code = reader.safeInt(),
  float_data: (into, reader) => into.typed.push(reader.fixed(4)),
  double_data: (into, reader) => into.typed.push(reader.fixed(8)),
  int32_data: (into, reader) => readInts(into, reader, false),
  int64_data: (into, reader) => readInts(into, reader, true),
  uint64_data: (into, reader) => readInts(into, reader, true),
  string_data: (into, reader) => into.strings.push(reader.string()),
  name: (into, reader) => into.name = reader.string(),
  raw_data: (into, reader) => into.raw = reader.take(),
  external_data: (into, reader) => {
    const { key, value } = reader.message(readEntry);
    into.external.set(key, value);
  },
  data_location: (into, reader) => into.isExternal = reader.safeInt() === 1,
};

/**
 * Reads a `TensorProto`. Bytes that lie on a multiple of their element's size stay where they are, as a view
 * of the file; others are copied, or moved within the file where nobody reads it after this.
 */
export function readTensor(
  reader: WireReader,
  external: ResolveExternal,
  movable = false,
): { name: string; tensor: AnyTensor } {
  const draft: Draft = {
    name: "",
    dims: [],
    code: 0,
    raw: undefined,
    typed: [],
    strings: [],
    external: new Map(),
    isExternal: false,
  };
  const rest = reader.fields(schema.TensorProto, fields, draft);
  const type = elementType(draft.code);
  if (type === undefined) {
    throw reader.fail(
      `tensor ${quoted(draft.name)} has element type ${draft.code}, which ONNX 1.23 does not define`,
    );
  }
  const size = sizeOf(draft.dims);
  if (!Number.isSafeInteger(size)) {
    throw reader.fail(`tensor ${quoted(draft.name)} has impossible shape [${draft.dims}]`);
  }
  const tensor = type === "string"
    ? strings(draft, size, reader)
    : numeric(draft, { type, size, movable }, reader, external);
  keepUnknownFields(tensor, rest);
  return { name: draft.name, tensor };
}

function strings({ name, dims, strings }: Draft, size: number, reader: WireReader): Tensor {
  if (strings.length !== size) throw wrongCount(reader, name, `${size} strings`, `${strings.length}`);
  return new Tensor("string", strings, dims);
}

function numeric(
  draft: Draft,
  { type, size, movable }: { type: DataType; size: number; movable: boolean },
  reader: WireReader,
  external: ResolveExternal,
): AnyTensor {
  const length = byteLength(type, size);
  const bytes = draft.isExternal
    ? external(referenceOf(draft, reader), length, draft.name)
    : draft.raw ?? fromTyped(draft, type, length, reader);
  if (bytes === undefined) return tensorOf(type, new Uint8Array(), [0]);
  if (bytes.length !== length) {
    throw wrongCount(reader, draft.name, `${length} bytes for ${type}[${draft.dims}]`, `${bytes.length}`);
  }
  return tensorOf(type, movable && bytes === draft.raw ? movedBack(type, bytes) : bytes, draft.dims);
}

/**
 * The bytes of a field moved back to a multiple of their element's size: over the field's tag and length,
 * which have been read. What would go beyond these stays.
 */
function movedBack(type: DataType, bytes: Uint8Array): Uint8Array {
  const { buffer, byteOffset, length } = bytes;
  const shift = byteOffset % (storage[type].array?.BYTES_PER_ELEMENT ?? 1);
  const tagAndLength = 1 + Math.ceil(length.toString(2).length / 7);
  if (shift === 0 || shift > tagAndLength) return bytes;
  new Uint8Array(buffer, byteOffset - shift, shift + length).copyWithin(0, shift);
  return new Uint8Array(buffer, byteOffset - shift, length);
}

/** A tensor over little-endian bytes: a view of them where their address allows it, otherwise of a copy. */
export function tensorOf(type: DataType, bytes: Uint8Array, dims: readonly number[]): AnyTensor {
  const { array } = storage[type];
  if (array === undefined) return { type: type as OpaqueType, dims, bytes };
  const width = array.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  const data = new array(aligned.buffer, aligned.byteOffset, aligned.byteLength / width);
  return new Tensor(type as TensorType, data as Tensor.DataType, dims);
}

/** Typed fields hold one element per 32 or 64 bits; elements below a byte come packed in bytes. */
function fromTyped(draft: Draft, type: DataType, length: number, reader: WireReader): Uint8Array {
  const { bits, field } = storage[type];
  const [only] = draft.typed;
  const bytes = draft.typed.length === 1 && only ? only : concatBytes(draft.typed);
  const stored = field === "int32_data" ? 4 : field === "int64_data" || field === "uint64_data" ? 8 : 0;
  if (bits === 6) return packed6(bytes, draft, reader);
  const width = Math.max(1, bits / 8);
  if (stored === 0 || stored === width) return bytes;
  if (bytes.length !== length / width * stored) {
    const [wanted, found] = [length / width, bytes.length / stored];
    throw wrongCount(reader, draft.name, `${wanted} numbers for ${type}[${draft.dims}]`, `${found}`);
  }
  const narrow = new Uint8Array(length);
  for (let from = 0, to = 0; to < length; from += stored, to += width) {
    for (let i = 0; i < width; i++) narrow[to + i] = bytes[from + i]!;
  }
  return narrow;
}

/** Six-bit elements come one per integer in the typed field, but packed, lowest bits first, as raw bytes. */
function packed6(ints: Uint8Array, { name, dims }: Draft, reader: WireReader): Uint8Array {
  const count = ints.length / 4;
  if (count !== sizeOf(dims)) throw wrongCount(reader, name, `${sizeOf(dims)} numbers`, `${count}`);
  const packed = new Uint8Array(Math.ceil(count * 6 / 8));
  for (let i = 0; i < count; i++) {
    const bits = (ints[4 * i]! & 63) << (i * 6 % 8);
    const at = Math.floor(i * 6 / 8);
    packed[at]! |= bits;
    if (bits > 255) packed[at + 1]! |= bits >> 8;
  }
  return packed;
}

function wrongCount(reader: WireReader, name: string, expected: string, found: string): SyntaxError {
  return reader.fail(`tensor ${quoted(name)} needs ${expected}, found ${found}`);
}

function referenceOf({ name, external }: Draft, reader: WireReader): ExternalReference {
  const number = (key: string): number | undefined => {
    const value = external.get(key);
    if (value === undefined) return undefined;
    if (!/^\d{1,15}$/.test(value)) {
      throw reader.fail(`tensor ${quoted(name)} has external ${key} ${quoted(value)}, no whole number`);
    }
    return Number(value);
  };
  const location = external.get("location");
  if (!location) {
    throw reader.fail(`tensor ${quoted(name)} is stored in another file, but no location is given`);
  }
  return { location, offset: number("offset") ?? 0, length: number("length") };
}
