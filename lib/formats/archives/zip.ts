/**
 * Reads ZIP archives as PyTorch and numpy write them: stored or deflated entries, with ZIP64 sizes.
 * Everything is checked against the central directory, contents against their checksums.
 *
 * Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
 */
import { limits } from "../../limits.ts";
import { quoted } from "../../printable.ts";
import { crc32 } from "../../files/crc32.ts";
import { type Cursor, cursor, utf8 } from "./cursor.ts";
import { inflate, tooManyUnpacked } from "./inflate.ts";
import { requireFew } from "../most_tensors.ts";

/** One file in an archive. */
export interface ZipEntry {
  /** Path within the archive. */
  readonly path: string;
  /** Unpacked, in bytes. */
  readonly size: number;
  /** Whether the contents are packed, so that what is read is a copy. */
  readonly packed: boolean;
  /** The contents, unpacked and checked; stored ones are not copied. */
  read(): Uint8Array;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const NO_SIZE = 0xffffffff;

/** Whether the bytes begin like a ZIP archive. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && cursor(bytes, "").uint32("a signature") === LOCAL;
}

/**
 * The entries of an archive by path, in the order of its directory.
 *
 * @throws {SyntaxError} what is no ZIP archive, is cut off or contradicts itself
 */
export function readZip(bytes: Uint8Array, name: string): Map<string, ZipEntry> {
  const { count, start } = findDirectory(bytes, name);
  const directory = cursor(bytes, name, start);
  requireFew(count, directory);
  const entries = new Map<string, ZipEntry>();
  let unpacked = 0;
  for (let i = 0; i < count; i++) {
    const entry = readEntry(directory);
    if (entries.has(entry.path)) {
      throw directory.fail(`found ${quoted(entry.path)} twice in the archive`);
    }
    entries.set(entry.path, entry);
    unpacked += entry.size;
  }
  if (unpacked > limits().unpackedBytes + bytes.length) {
    throw directory.fail(tooManyUnpacked(unpacked), start);
  }
  return entries;
}

function findDirectory(bytes: Uint8Array, name: string): { count: number; start: number } {
  const end = findEnd(bytes, name);
  const record = cursor(bytes, name, end + 10);
  let count = record.uint16("the number of entries");
  record.take(4, "the size of the directory");
  let start = record.uint32("the place of the directory");
  if (start === NO_SIZE || count === 0xffff) {
    const locator = cursor(bytes, name, Math.max(0, end - 20));
    if (locator.uint32("the ZIP64 locator") !== LOCATOR64) {
      throw locator.fail("expected the ZIP64 locator", end - 20);
    }
    locator.take(4, "the ZIP64 locator");
    const record64 = cursor(bytes, name, within(locator, locator.uint64("the ZIP64 record's place")));
    if (record64.uint32("the ZIP64 record") !== END64) throw record64.fail("expected the ZIP64 end record");
    record64.take(28, "the ZIP64 end record");
    count = within(record64, record64.uint64("the number of entries"));
    record64.take(8, "the size of the directory");
    start = within(record64, record64.uint64("the place of the directory"));
  }
  return { count, start };
}

/** The end record is the last 22 bytes, or up to 64 KiB earlier where there is a comment. */
function findEnd(bytes: Uint8Array, name: string): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = bytes.length - 22; at >= Math.max(0, bytes.length - 22 - 0xffff); at--) {
    if (view.getUint32(at, true) === END && at + 22 + view.getUint16(at + 20, true) === bytes.length) {
      return at;
    }
  }
  throw cursor(bytes, name, bytes.length).fail(
    "expected the end record of a ZIP archive; the file may be cut off",
  );
}

function within(place: Cursor, value: bigint): number {
  if (value > BigInt(place.bytes.length)) {
    throw place.fail(`expected a number up to the file's ${place.bytes.length} bytes, found ${value}`);
  }
  return Number(value);
}

function readEntry(directory: Cursor): ZipEntry {
  const at = directory.offset;
  if (directory.uint32("a directory entry") !== CENTRAL) {
    throw directory.fail("expected a directory entry", at);
  }
  directory.take(4, "versions");
  const flags = directory.uint16("flags");
  const method = directory.uint16("the compression method");
  directory.take(4, "a date");
  const crc = directory.uint32("a checksum");
  const sizes = [directory.uint32("a packed size"), directory.uint32("a size")];
  const lengths = [
    directory.uint16("the length of a path"),
    directory.uint16("the length of extra fields"),
    directory.uint16("the length of a comment"),
  ];
  directory.take(8, "attributes");
  sizes.push(directory.uint32("the place of an entry"));
  const path = utf8(directory.take(lengths[0]!, "a path"), directory, "a path");
  const extra = directory.take(lengths[1]!, "extra fields");
  directory.take(lengths[2]!, "a comment");
  const [packed, size, place] = widen(sizes, extra, directory);
  if (flags & 1) throw directory.fail(`${quoted(path)} is encrypted, which is not read`, at);
  if (method !== 0 && method !== 8) {
    throw directory.fail(
      `expected ${quoted(path)} stored or deflated, found compression method ${method}`,
      at,
    );
  }
  const read = () =>
    readContents(directory, path, { method, crc, packed: packed!, size: size!, place: place! });
  return { path, size: size!, packed: method !== 0, read };
}

/** Sizes that do not fit in 32 bits stand in extra field 1, in order. */
function widen(sizes: number[], fields: Uint8Array, directory: Cursor): number[] {
  if (!sizes.includes(NO_SIZE)) return sizes;
  const extra = cursor(fields, directory.name);
  while (extra.left() >= 4) {
    const id = extra.uint16("an extra field");
    const length = extra.uint16("the length of an extra field");
    const field = cursor(extra.take(length, "an extra field"), directory.name);
    if (id !== 1) continue;
    return sizes.map((size) => {
      if (size !== NO_SIZE) return size;
      const wide = field.uint64("a ZIP64 size");
      if (wide > 2n ** 53n) throw directory.fail(`expected a size below 2⁵³, found ${wide}`);
      return Number(wide);
    });
  }
  throw directory.fail("expected a ZIP64 field with the entry's sizes");
}

function readContents(
  directory: Cursor,
  path: string,
  { method, crc, packed, size, place }: {
    method: number;
    crc: number;
    packed: number;
    size: number;
    place: number;
  },
): Uint8Array {
  const name = `${directory.name}, entry ${quoted(path)}`;
  const local = cursor(directory.bytes, name, place);
  if (local.uint32("the entry's header") !== LOCAL) throw local.fail("expected the entry's header", place);
  local.take(22, "the entry's header");
  const lengths = [local.uint16("the length of a path"), local.uint16("the length of extra fields")];
  const called = utf8(local.take(lengths[0]!, "a path"), local, "a path");
  // A reader that goes by the one and a reader that goes by the other would see two different archives.
  if (called !== path) {
    throw local.fail(`it calls itself ${quoted(called)}: the file is damaged`, place);
  }
  local.take(lengths[1]!, "the entry's header");
  const start = local.offset;
  const bytes = local.take(packed, "contents");
  if (method === 0 && packed !== size) {
    throw local.fail(`expected ${size} stored bytes, found ${packed}`, start);
  }
  let contents: Uint8Array;
  try {
    contents = method === 0 ? bytes : inflate(bytes, size);
  } catch (error) {
    throw local.fail(`expected a deflate stream, but ${(error as Error).message}`, start);
  }
  if (crc32(contents) !== crc) {
    throw local.fail("the contents do not match their checksum: the file is damaged", start);
  }
  return contents;
}
