import { adler32 } from "./adler32.ts";
import { unreadable } from "./cursor.ts";
import { limits, raised } from "../../limits.ts";

/**
 * Contents of a packed stream, checked against its checksum; at most 1 GiB.
 *
 * @param format `deflate` is what zlib writes
 * @throws {SyntaxError} a damaged or cut stream, or one that unpacks to more
 */
export async function unpack(
  bytes: Uint8Array,
  format: "gzip" | "deflate",
  name: string,
): Promise<Uint8Array> {
  const damaged = (why: string) =>
    unreadable(name, bytes.length, `the ${format} stream is damaged or cut off (${why})`);
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(
      new DecompressionStream(format),
    );
    for await (const part of stream) {
      length += part.length;
      if (length > limits().unpackedBytes) break;
      parts.push(part);
    }
  } catch (error) {
    throw damaged((error as Error).message);
  }
  if (length > limits().unpackedBytes) {
    throw unreadable(
      name,
      0,
      `expected at most ${limits().unpackedBytes} bytes when unpacked, found more; ${
        raised("unpackedBytes")
      }`,
    );
  }
  const contents = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    contents.set(part, at);
    at += part.length;
  }
  // Deno takes a stream of zlib that is cut off for a whole one.
  if (format === "deflate" && !endsWith(bytes, adler32(contents))) {
    throw damaged("the contents do not match the checksum at its end");
  }
  return contents;
}

/** Whether the last four bytes are this number, big-endian. */
function endsWith(bytes: Uint8Array, word: number): boolean {
  return [24, 16, 8, 0].every((shift, i) => bytes.at(i - 4) === (word >>> shift & 255));
}
