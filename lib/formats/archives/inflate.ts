import { RangeError } from "../../errors.ts";
import { limits, raised } from "../../limits.ts";
import { inflateSync } from "../../deps.ts";

/** No deflate stream grows by more: a match of 258 bytes costs at least two bits. */
const MOST_GROWTH = 1032;

/** What is said of a file that claims to unpack to so many bytes. */
export function tooManyUnpacked(size: number): string {
  return `expected at most ${limits().unpackedBytes} bytes when unpacked, found a claim of ${size}; ` +
    raised("unpackedBytes");
}

/**
 * A raw deflate stream of a known unpacked size.
 *
 * @throws {RangeError} if the size is more than such a stream can hold, or than the limit `unpackedBytes`
 * @throws {Error} if the stream is broken
 */
export function inflate(bytes: Uint8Array, size: number): Uint8Array {
  if (size > limits().unpackedBytes) throw new RangeError(tooManyUnpacked(size));
  if (size > bytes.length * MOST_GROWTH) {
    throw new RangeError(`expected at most ${bytes.length * MOST_GROWTH} bytes, found a claim of ${size}`);
  }
  // One byte more than claimed, so that a longer stream shows.
  const unpacked = inflateSync(bytes, { out: new Uint8Array(size + 1) });
  if (unpacked.length !== size) {
    throw new RangeError(
      `expected ${size} bytes when unpacked, found ${unpacked.length > size ? "more" : unpacked.length}`,
    );
  }
  return unpacked;
}
