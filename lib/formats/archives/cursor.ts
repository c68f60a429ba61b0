import { SyntaxError } from "../../errors.ts";

/**
 * A place in a file that is being read: every read is checked, every failure says file, offset and purpose.
 */
export interface Cursor {
  /** The whole file. */
  readonly bytes: Uint8Array;
  /** Where the bytes come from, for error messages. */
  readonly name: string;
  /** The next byte to be read. */
  offset: number;
  /** Bytes that are left. */
  left(): number;
  /** The next `length` bytes, not copied. */
  take(length: number, what: string): Uint8Array;
  /** Reads 1 byte, an unsigned integer. */
  uint8(what: string): number;
  /** Reads 2 bytes, an unsigned little-endian integer. */
  uint16(what: string): number;
  /** Reads 4 bytes, an unsigned little-endian integer. */
  uint32(what: string): number;
  /** Reads 4 bytes, a signed little-endian integer. */
  int32(what: string): number;
  /** Reads 8 bytes, an unsigned little-endian integer. */
  uint64(what: string): bigint;
  /** Reads 8 bytes, a big-endian float64. */
  float64BigEndian(what: string): number;
  /** An error at this place, or at another one. */
  fail(message: string, at?: number): SyntaxError;
}

/** The error of a file that is not what it should be: `Cannot read <name>: <message>, at byte <offset>`. */
export function unreadable(name: string, offset: number, message: string): SyntaxError {
  return new SyntaxError(`Cannot read ${name}: ${message}, at byte ${offset}`);
}

/** Reads little-endian numbers and runs of bytes one after the other. */
export function cursor(bytes: Uint8Array, name: string, offset = 0): Cursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const advance = (length: number, what: string): number => {
    const at = self.offset;
    if (!(length >= 0 && length <= bytes.length - at)) {
      throw self.fail(`expected ${length} bytes of ${what}, found ${bytes.length - at} before the end`);
    }
    self.offset = at + length;
    return at;
  };
  const self: Cursor = {
    bytes,
    name,
    offset,
    left: () => bytes.length - self.offset,
    take(length, what) {
      const at = advance(length, what);
      return bytes.subarray(at, at + length);
    },
    uint8: (what) => view.getUint8(advance(1, what)),
    uint16: (what) => view.getUint16(advance(2, what), true),
    uint32: (what) => view.getUint32(advance(4, what), true),
    int32: (what) => view.getInt32(advance(4, what), true),
    uint64: (what) => view.getBigUint64(advance(8, what), true),
    float64BigEndian: (what) => view.getFloat64(advance(8, what)),
    fail: (message, at = self.offset) => unreadable(name, at, message),
  };
  return self;
}

/** One for all texts: making a decoder takes longer than decoding a name. */
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Made at once: a text that grows is a chain of pieces, which takes many times its memory. */
function ascii(bytes: Uint8Array): string | undefined {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! > 127) return undefined;
  return String.fromCharCode.apply(undefined, bytes as unknown as number[]);
}

/** Longest text that is put together character by character, where it has ASCII alone: names, mostly. */
const SHORT = 48;

/** Text of a file, or an error: broken UTF-8 is never replaced silently. */
export function utf8(bytes: Uint8Array, place: Cursor, what: string): string {
  const short = bytes.length <= SHORT ? ascii(bytes) : undefined;
  if (short !== undefined) return short;
  try {
    return strict.decode(bytes);
  } catch {
    throw place.fail(`expected ${what} in UTF-8`);
  }
}
