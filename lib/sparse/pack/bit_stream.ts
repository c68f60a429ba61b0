import { RangeError } from "../../errors.ts";

/** Numbers of any width in a row of bytes, lowest bit first. */
export interface BitWriter {
  /** The lowest `width` bits of a value, at most 32. */
  write(value: number, width: number): void;
  /** All that was written; the last byte is filled up with zeros. */
  bytes(): Uint8Array;
}

/** A writer that grows as it is written to. */
export function bitWriter(): BitWriter {
  let bytes = new Uint8Array(64);
  let length = 0; // in bits
  return {
    write(value, width) {
      if (length + width > 8 * bytes.length) {
        const larger = new Uint8Array(2 * bytes.length);
        larger.set(bytes);
        bytes = larger;
      }
      for (let bit = 0; bit < width; bit++, length++) {
        if (value >>> bit & 1) bytes[length >> 3]! |= 1 << (length & 7);
      }
    },
    bytes: () => bytes.slice(0, Math.ceil(length / 8)),
  };
}

/** Reads what a {@linkcode BitWriter} wrote. */
export interface BitReader {
  /** The next `width` bits. Throws RangeError at the end. */
  read(width: number): number;
  /** Bits that are left. */
  left(): number;
}

/** A reader from the first bit on. */
export function bitReader(bytes: Uint8Array): BitReader {
  let at = 0;
  return {
    read(width) {
      if (at + width > 8 * bytes.length) throw new RangeError("the positions end too early");
      let value = 0;
      for (let bit = 0; bit < width; bit++, at++) {
        if (bytes[at >> 3]! >> (at & 7) & 1) value += 2 ** bit;
      }
      return value;
    },
    left: () => 8 * bytes.length - at,
  };
}

/** Throws RangeError unless what is left is the filling of the last byte. */
export function requireEnd(reader: BitReader): void {
  const left = reader.left();
  if (left < 8 && reader.read(left) === 0) return;
  throw new RangeError("the positions are followed by something else");
}
