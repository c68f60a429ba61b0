/**
 * The safetensors format: an 8-byte length, a JSON header of names, types, shapes and places, and the
 * tensors' bytes.
 *
 * Source: https://github.com/huggingface/safetensors, "Format".
 */
import { TypeError } from "../errors.ts";
import { isRecord } from "../given.ts";
import { quoted } from "../printable.ts";
import { placeOfText } from "../files/bytes_of_text.ts";
import { BLANK, CHECKSUM, isSealRight, seal } from "../files/checksum.ts";
import { requireOptions } from "../options.ts";
import { bytesOf } from "../tensor/arrays.ts";
import { type AnyTensor, sizeOf, Tensor } from "../tensor/tensor.ts";
import { type Cursor, cursor, utf8 } from "./archives/cursor.ts";
import { inWords } from "./in_words.ts";
import { recordOf } from "./left_out.ts";
import { refuseOtherThanSafetensors } from "./other_formats.ts";
import { requireFew } from "./most_tensors.ts";
import { type ReadableType, storageElements, TORCH_TYPES } from "./pytorch/torch_storage.ts";

/** A file's tensors by name, in file order, and the text that its writer put beside them. */
export interface Safetensors {
  /** Tensors by name, in file order. What has a type that no array holds is told by {@linkcode leftOut}. */
  readonly tensors: Record<string, Tensor>;
  /** Text that its writer put beside them, by key. */
  readonly metadata: Record<string, string>;
  /** Whether the file carries a checksum of its bytes, as Espalier writes for its own files; it is right. */
  readonly checked: boolean;
}

/** The format's names of element types. bfloat16 is read as float32. */
const TYPES = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U64: "uint64",
  U32: "uint32",
  U16: "uint16",
  U8: "uint8",
  BOOL: "bool",
} as const;

/** The limit of the reference implementation. */
const MOST_HEADER_BYTES = 100_000_000;

/** Whether the bytes look like a safetensors file: a header length that fits, then JSON. */
export function isSafetensors(bytes: Uint8Array): boolean {
  return bytes.length >= 10 && bytes[8] === 0x7b && bytes[6] === 0 && bytes[7] === 0;
}

/**
 * All tensors of a file. bfloat16 becomes float32, which is exact. Those of a type that no array holds
 * (float8, complex) are left out, and {@linkcode leftOut} names them.
 *
 * @throws {SyntaxError} where none can be read, and unless the tensors cover the file exactly: in bounds, no
 * gap, no overlap; where a checksum in it is wrong
 */
export function decodeSafetensors(bytes: Uint8Array, name = "safetensors file"): Safetensors {
  const header = readSafetensorsHeader(bytes, bytes.length, name) as SafetensorsHeader;
  const tensors = header.entries.flatMap((entry): [string, Tensor][] => {
    const { key, type, dims, begin, end } = entry;
    return type
      ? [[key, new Tensor(type.type, storageElements(bytes.subarray(begin, end), type), dims)]]
      : [];
  });
  return {
    tensors: recordOf(tensors, header.reasons, name),
    metadata: header.metadata,
    checked: header.checked,
  };
}

/** What a file's header says. */
export interface SafetensorsHeader {
  /** Tensors in the order of their places, which are those in the file. */
  entries: readonly SafetensorsEntry[];
  /** Why some cannot be read. */
  reasons: Map<string, string>;
  /** Text that its writer put beside them, by key. */
  metadata: Record<string, string>;
  /** Whether it has a checksum of the whole file. */
  sealed: boolean;
  /** Whether the bytes were the whole file, and its checksum was right. */
  checked: boolean;
}

/**
 * Reads a file's header from its first bytes; how many of them are needed, where these are too few.
 *
 * @param size of the file, in bytes
 * @throws {SyntaxError} as {@linkcode decodeSafetensors}
 */
export function readSafetensorsHeader(
  bytes: Uint8Array,
  size: number,
  name: string,
): SafetensorsHeader | number {
  const place = cursor(bytes, name);
  if (size < 8) refuseOtherThanSafetensors(bytes, name);
  const length = place.uint64("the header's length");
  if (length > BigInt(Math.min(MOST_HEADER_BYTES, size - 8))) {
    refuseOtherThanSafetensors(bytes, name);
    throw place.fail(
      `expected a header within the file's ${size} bytes, found a length of ${length}; it is no safetensors file, or a damaged one`,
      0,
    );
  }
  const base = 8 + Number(length);
  if (bytes.length < base) return base;
  requireFew(countOf('"data_offsets"', bytes.subarray(8, base)), place);
  const header = parseHeader(utf8(place.take(Number(length), "the header"), place, "the header"), place);
  const right = bytes.length === size ? isSealRight(bytes, base) : undefined;
  if (right === false) {
    throw place.fail("expected the bytes that its checksum is of, found others: the file is damaged", 8);
  }
  const entries = Object.entries(header).filter(([key]) => key !== "__metadata__")
    .map(([key, entry]) => readEntry(key, entry, place)).sort(byPlace);
  checkCoverage(entries, size - base, base, place);
  const reasons = new Map<string, string>();
  for (const { key, type, dtype } of entries) {
    if (!type) reasons.set(key, `its type ${quoted(dtype)} is none of ${Object.keys(TYPES)}`);
  }
  if (reasons.size > 0 && reasons.size === entries.length) {
    const [[key, why]] = reasons as Iterable<[string, string]> as [[string, string]];
    throw place.fail(`expected tensors that can be read, found none; of ${quoted(key)}, ${why}`, 8);
  }
  const placed = entries.map((entry) => ({ ...entry, begin: base + entry.begin, end: base + entry.end }));
  const { [CHECKSUM]: sum, ...metadata } = readMetadata(header["__metadata__"], place);
  return { entries: placed, reasons, metadata, sealed: sum !== undefined, checked: right === true };
}

/** How often a text is among bytes. */
function countOf(text: string, bytes: Uint8Array): number {
  let count = 0;
  for (let at = placeOfText(text, bytes); at >= 0; at = placeOfText(text, bytes, at + text.length)) count++;
  return count;
}

function parseHeader(text: string, place: Cursor): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    // Falls through to the one error below.
  }
  if (!isRecord(header)) throw place.fail("expected a JSON object as the header", 8);
  requireFew(Object.keys(header).length, place);
  const twice = repeatedKey(text, Object.keys(header).length);
  if (twice !== undefined) throw place.fail(`found two entries called ${inWords(twice)} in the header`, 8);
  return header;
}

/**
 * A key that the outermost object of a JSON text has more than once, of which parsing keeps the last; the
 * text is valid, and so many keys of it are different.
 */
function repeatedKey(text: string, different: number): string | undefined {
  const keys: string[] = [];
  let depth = 0;
  let begin: number | undefined;
  const colon = /\s*:/y;
  // Texts are walked through, not matched as a whole: a long one would overflow the stack.
  for (const { 0: token, index } of text.matchAll(/\\.|["{}[\]]/g)) {
    if (token === '"') {
      colon.lastIndex = index + 1;
      if (begin === undefined) begin = index;
      else {
        if (depth === 1 && colon.test(text)) keys.push(JSON.parse(text.slice(begin, index + 1)));
        begin = undefined;
      }
    } else if (begin !== undefined) continue;
    else if (token === "{" || token === "[") depth++;
    else depth--;
  }
  if (keys.length === different) return undefined;
  const seen = new Set<string>();
  return keys.find((key) => seen.size === seen.add(key).size);
}

/** A tensor as the header has it. */
export interface SafetensorsEntry {
  /** Name of the tensor. */
  key: string;
  /** How its elements are stored; none where no array holds them. */
  type: ReadableType | undefined;
  /** The file's name for the type. */
  dtype: string;
  /** Shape of the tensor. */
  dims: number[];
  /** First byte of the tensor. */
  begin: number;
  /** Byte behind the tensor. */
  end: number;
}

function readEntry(key: string, entry: unknown, place: Cursor): SafetensorsEntry {
  const what = `tensor ${quoted(key)}`;
  if (!isRecord(entry)) throw place.fail(`expected an object for ${what}`, 8);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string" || !/^[A-Z][A-Z0-9_]{0,15}$/.test(dtype)) {
    throw place.fail(
      `expected the type of ${what} to be one of ${Object.keys(TYPES)}, found ${inWords(dtype)}`,
      8,
    );
  }
  const type = Object.hasOwn(TYPES, dtype)
    ? TORCH_TYPES[TYPES[dtype as keyof typeof TYPES]] as ReadableType
    : undefined;
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
    throw place.fail(`expected the shape and two data_offsets of ${what} as whole numbers`, 8);
  }
  const [begin, end] = offsets as [number, number];
  if (type && end - begin !== sizeOf(shape) * type.size) {
    throw place.fail(
      `expected ${sizeOf(shape) * type.size} bytes for ${what} (${type.name} [${shape}]), found ${
        end - begin
      }`,
      8,
    );
  }
  if (end < begin) throw place.fail(`expected ${what} to end behind its begin, found ${begin} and ${end}`, 8);
  return { key, type, dtype, dims: shape, begin, end };
}

function byPlace(a: SafetensorsEntry, b: SafetensorsEntry): number {
  return a.begin - b.begin || a.end - b.end;
}

function checkCoverage(
  entries: readonly SafetensorsEntry[],
  length: number,
  base: number,
  place: Cursor,
): void {
  let reached = 0;
  for (const { key, begin, end } of entries) {
    if (begin !== reached) {
      throw place.fail(
        `expected tensor ${
          JSON.stringify(key)
        } right after the one before it, at ${reached}, found it at ${begin}`,
        base,
      );
    }
    reached = end;
  }
  if (reached !== length) {
    throw place.fail(`expected ${reached} bytes of tensors, found ${length}`, base);
  }
}

function readMetadata(metadata: unknown, place: Cursor): Record<string, string> {
  if (metadata === undefined) return {};
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === "string")) {
    throw place.fail("expected __metadata__ to be an object of texts", 8);
  }
  return metadata as Record<string, string>;
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

/** Settings of {@linkcode encodeSafetensors}. */
export interface EncodeSafetensorsOptions {
  /** Text beside the tensors, by key. Default: none. */
  metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * Whether the metadata get a checksum of the whole file, which is verified on reading: for files that no
   * other program changes. Default false.
   */
  checksum?: boolean | undefined;
}

/**
 * A safetensors file of these tensors. Larger elements come first and the header is padded to 8 bytes, so
 * that every tensor lies aligned; equal input gives equal bytes.
 *
 * @throws {TypeError} a tensor whose type the format lacks or Espalier does not read (text, 4-bit numbers,
 * float8), metadata with a checksum
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Tensor } from "../tensor/tensor.ts";
 *
 * const bytes = encodeSafetensors({ weight: new Tensor("float32", Float32Array.of(1, 2), [2]) });
 * assert.deepEqual(decodeSafetensors(bytes).tensors.weight!.data, Float32Array.of(1, 2));
 * ```
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, AnyTensor>>,
  options: EncodeSafetensorsOptions = {},
): Uint8Array {
  requireOptions("encodeSafetensors", options, { metadata: true, checksum: true });
  const { metadata, checksum = false } = options;
  if (metadata && Object.hasOwn(metadata, CHECKSUM)) {
    throw new TypeError(
      `Cannot write metadata ${CHECKSUM} as safetensors: it would be of other bytes; leave it out, and say ` +
        `checksum: true for one of these`,
    );
  }
  const entries = Object.entries(tensors).map(([key, tensor]) => {
    const found = Object.entries(TYPES).find(([, type]) => type === tensor.type);
    if (!found || key === "__metadata__") {
      throw new TypeError(
        `Cannot write tensor ${quoted(key)} of type ${tensor.type} as safetensors: expected one of ` +
          `${Object.values(TYPES)} under another name than __metadata__`,
      );
    }
    return {
      key,
      dtype: found[0],
      dims: tensor.dims,
      bytes: bytesOf(tensor),
      size: TORCH_TYPES[found[1]]!.size,
    };
  }).sort((a, b) => b.size - a.size || (a.key < b.key ? -1 : 1));

  const header: Record<string, unknown> = Object.create(null);
  if (metadata || checksum) {
    header["__metadata__"] = checksum ? { [CHECKSUM]: BLANK, ...metadata } : metadata;
  }
  let offset = 0;
  for (const { key, dtype, dims, bytes } of entries) {
    header[key] = { dtype, shape: dims, data_offsets: [offset, offset += bytes.length] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.fill(0x20, 8, 8 + headerLength);
  file.set(json, 8);
  let at = 8 + headerLength;
  for (const { bytes } of entries) {
    file.set(bytes, at);
    at += bytes.length;
  }
  if (checksum) seal(file, 8 + headerLength);
  return file;
}
