import { type Cursor, cursor, unreadable, utf8 } from "../archives/cursor.ts";
import { GGML_TYPES, type GgmlType, ggmlTypeOf } from "../ggml/types.ts";
import { inWords } from "../in_words.ts";
import { requireFew } from "../most_tensors.ts";
import {
  type GgufArray,
  type GgufMetadata,
  type GgufNumbers,
  type GgufNumberType,
  type GgufType,
  type GgufValue,
  NUMBER_TYPES,
  typeOf,
} from "./values.ts";

/** A tensor as a header names it. */
export interface HeaderTensor {
  /** Name of the tensor. */
  readonly name: string;
  /** Shape, outermost axis first, rows last. */
  readonly dims: readonly number[];
  /** Type of the elements. */
  readonly type: GgmlType;
  /** Where its bytes begin, in the file. */
  readonly at: number;
  /** How many bytes the tensor has. */
  readonly bytes: number;
}

/** Header of a GGUF file: all that stands before the weights. */
export interface GgufHeader {
  /** Version of the format: 2 or 3. */
  readonly version: number;
  /** Metadata: words of the file about itself. */
  readonly metadata: GgufMetadata;
  /** The tensors, in the file's order. */
  readonly tensors: readonly HeaderTensor[];
}

/** Error where the header goes on behind the bytes at hand. */
const MORE = Symbol("more");

const MAGIC = 0x46554747;
const MOST_KEYS = 100_000;
/** Bytes of the smallest entry of each list. */
const LEAST = { key: 13, tensor: 24 };
const DEEPEST = 4;

/**
 * Reads a header from a file's first bytes. All that the header promises is held against the size of the
 * file before memory is taken for it.
 *
 * @returns the header; `undefined` where it goes on behind these bytes, though within the file
 * @throws {SyntaxError} saying what is wrong where
 */
export function readHeader(prefix: Uint8Array, fileSize: number, name: string): GgufHeader | undefined {
  try {
    return header(prefix, fileSize, name);
  } catch (error) {
    if (error === MORE) return undefined;
    throw error;
  }
}

/** A cursor that asks for more bytes where the file has them, and else fails as others do. */
function within(prefix: Uint8Array, fileSize: number, name: string): Cursor {
  const place = cursor(prefix, name);
  const { take } = place;
  const need = (length: number, what: string) => {
    if (length > fileSize - place.offset) {
      throw place.fail(
        `expected ${length} bytes of ${what}, found ${fileSize - place.offset} before the end`,
      );
    }
    if (length > prefix.length - place.offset) throw MORE;
  };
  const checked = <T>(length: number, read: (what: string) => T) => (what: string): T => {
    need(length, what);
    return read(what);
  };
  return Object.assign(place, {
    left: () => fileSize - place.offset,
    take: (length: number, what: string) => {
      need(length, what);
      return take(length, what);
    },
    uint8: checked(1, place.uint8),
    uint32: checked(4, place.uint32),
    uint64: checked(8, place.uint64),
  });
}

function header(prefix: Uint8Array, fileSize: number, name: string): GgufHeader {
  const place = within(prefix, fileSize, name);
  if (place.left() < 24 || place.uint32("the magic") !== MAGIC) {
    throw unreadable(name, 0, "expected a GGUF file, which begins with the letters GGUF");
  }
  const version = place.uint32("the version");
  if (version !== 2 && version !== 3) {
    const why = version === 1
      ? "convert it with llama.cpp's gguf tools"
      : version > 0xffff
      ? "it looks like a file for big-endian machines; convert it"
      : "it may be damaged";
    throw place.fail(`expected version 2 or 3 of the format, found ${version}; ${why}`, 4);
  }
  const tensorCount = count(place, "tensors", LEAST.tensor);
  requireFew(tensorCount, place);
  const keyCount = count(place, "keys", LEAST.key);
  if (keyCount > MOST_KEYS) throw place.fail(`expected at most ${MOST_KEYS} keys, found ${keyCount}`, 16);
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < keyCount; i++) {
    const at = place.offset;
    const key = text(place, "a key", 65_535);
    if (metadata.has(key)) throw place.fail(`found the key ${inWords(key)} twice`, at);
    metadata.set(key, value(place, type(place, key), key, 0));
  }
  const alignment = alignmentOf(metadata, place);
  const found: (Omit<HeaderTensor, "at"> & { offset: number })[] = [];
  for (let i = 0; i < tensorCount; i++) found.push(tensor(place, alignment));
  const data = Math.ceil(place.offset / alignment) * alignment;
  const tensors = found.map(({ offset, ...rest }) => ({ ...rest, at: data + offset }));
  requirePlaces(tensors, fileSize, place);
  return { version, metadata, tensors };
}

/** A number of entries, which at so many bytes each must fit into the file. */
function count(place: Cursor, what: string, least: number): number {
  const at = place.offset;
  const found = place.uint64(`the number of ${what}`);
  if (found * BigInt(least) > BigInt(place.left())) {
    throw place.fail(`expected as many ${what} as the rest of the file can hold, found ${found}`, at);
  }
  return Number(found);
}

function text(place: Cursor, what: string, most = Infinity): string {
  const at = place.offset;
  const length = place.uint64(`the length of ${what}`);
  if (length > BigInt(Math.min(most, place.left()))) {
    throw place.fail(
      `expected ${what} of at most ${Math.min(most, place.left())} bytes, found ${length}`,
      at,
    );
  }
  return utf8(place.take(Number(length), what), place, what);
}

function type(place: Cursor, key: string): GgufType {
  const at = place.offset;
  const id = place.uint32(`the type of ${inWords(key)}`);
  const found = typeOf(id);
  if (found === undefined) {
    throw place.fail(`expected the type of ${inWords(key)} to be a number from 0 to 12, found ${id}`, at);
  }
  return found;
}

function value(place: Cursor, type: GgufType, key: string, depth: number): GgufValue {
  if (type === "string") return { type, value: text(place, `the text of ${inWords(key)}`) };
  if (type === "bool") return { type, value: bool(place, key) };
  if (type === "array") return { type, ...array(place, key, depth) };
  return { type, value: numbers(place, type, 1, key)[0]! };
}

function bool(place: Cursor, key: string): boolean {
  const at = place.offset;
  const byte = place.uint8(`the value of ${inWords(key)}`);
  if (byte > 1) throw place.fail(`expected ${inWords(key)} to be 0 or 1, found ${byte}`, at);
  return byte === 1;
}

function numbers(place: Cursor, type: GgufNumberType, length: number, key: string): GgufNumbers {
  const { array, bytes } = NUMBER_TYPES[type];
  return new array(place.take(length * bytes, `the value of ${inWords(key)}`).slice().buffer);
}

function array(place: Cursor, key: string, depth: number): { of: GgufType; value: GgufArray } {
  if (depth >= DEEPEST) {
    throw place.fail(`expected ${inWords(key)} to nest at most ${DEEPEST} arrays, found more`);
  }
  const of = type(place, key);
  const least = of === "string" ? 8 : of === "array" ? 12 : of === "bool" ? 1 : NUMBER_TYPES[of].bytes;
  const length = count(place, `elements of ${inWords(key)}`, least);
  if (of !== "string" && of !== "bool" && of !== "array") {
    return { of, value: numbers(place, of, length, key) };
  }
  if (of === "bool") return { of, value: place.take(length, `the values of ${inWords(key)}`).slice() };
  if (of === "string") {
    const texts: string[] = [];
    const what = `an element of ${inWords(key)}`;
    for (let i = 0; i < length; i++) texts.push(text(place, what));
    return { of, value: texts };
  }
  const nested: GgufValue[] = [];
  for (let i = 0; i < length; i++) nested.push({ type: "array", ...array(place, key, depth + 1) });
  return { of, value: nested };
}

function alignmentOf(metadata: GgufMetadata, place: Cursor): number {
  const found = metadata.get("general.alignment");
  if (found === undefined) return 32;
  const { type, value } = found;
  const fits = type === "uint32" && Number(value) >= 8 && (Number(value) & Number(value) - 1) === 0;
  if (!fits) {
    throw place.fail(
      `expected general.alignment to be a power of two from 8, uint32, found ${type} ${inWords(value)}`,
    );
  }
  return Number(value);
}

function tensor(place: Cursor, alignment: number): Omit<HeaderTensor, "at"> & { offset: number } {
  const at = place.offset;
  const name = text(place, "a tensor's name", 1024);
  const what = `tensor ${inWords(name)}`;
  const rank = place.uint32(`the rank of ${what}`);
  if (rank < 1 || rank > 4) throw place.fail(`expected ${what} to have 1 to 4 axes, found ${rank}`, at);
  const dims: number[] = [];
  let size = 1n;
  for (let axis = 0; axis < rank; axis++) {
    const dim = place.uint64(`the shape of ${what}`);
    size *= dim;
    if (size > BigInt(Number.MAX_SAFE_INTEGER) || dim > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw place.fail(`expected ${what} to have fewer than 2⁵³ weights, found more`, at);
    }
    dims.unshift(Number(dim));
  }
  const id = place.uint32(`the type of ${what}`);
  const type = ggmlTypeOf(id);
  if (type === undefined) {
    throw place.fail(
      `expected the type of ${what} to be one of ${
        Object.entries(GGML_TYPES).map(([name, { id }]) => `${id} (${name})`).join(", ")
      }, found ${id | 0}`,
      at,
    );
  }
  const { weights, bytes } = GGML_TYPES[type];
  if (dims.at(-1)! % weights !== 0) {
    throw place.fail(
      `expected rows of ${what} in whole blocks of ${weights} (${type}), found ${dims.at(-1)} weights`,
      at,
    );
  }
  const offset = place.uint64(`the place of ${what}`);
  if (offset % BigInt(alignment) !== 0n || offset > BigInt(place.left())) {
    throw place.fail(
      `expected ${what} at a multiple of ${alignment} within the file, found it at ${offset}`,
      at,
    );
  }
  return { name, dims, type, bytes: Number(size) / weights * bytes, offset: Number(offset) };
}

/** Each tensor lies in the file, has a name of its own, and shares no bytes with another. */
function requirePlaces(tensors: readonly HeaderTensor[], fileSize: number, place: Cursor): void {
  const names = new Set<string>();
  for (const { name, at, bytes } of tensors) {
    if (names.size === names.add(name).size) throw place.fail(`found two tensors called ${inWords(name)}`);
    if (at + bytes > fileSize) {
      throw place.fail(
        `expected ${bytes} bytes of tensor ${inWords(name)}, found ${
          Math.max(0, fileSize - at)
        } before the ` +
          "end; the file may be cut short: download it again",
        Math.min(at, fileSize),
      );
    }
  }
  const sorted = tensors.filter(({ bytes }) => bytes > 0).toSorted((a, b) => a.at - b.at);
  sorted.forEach(({ name, at }, i) => {
    const before = sorted[i - 1];
    if (before && before.at + before.bytes > at) {
      throw place.fail(`found tensor ${inWords(name)} to overlap ${inWords(before.name)}`, at);
    }
  });
}
