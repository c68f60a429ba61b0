import { unreadable } from "./cursor.ts";
import { MOST_UNPACKED } from "./inflate.ts";

/** Whether the bytes begin like a gzip file. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/**
 * The contents of a gzip file, checked against its checksum; at most 1 GiB.
 *
 * @throws {SyntaxError} a damaged or cut file, or one that unpacks to more
 */
export async function gunzip(bytes: Uint8Array, name = "gzip file"): Promise<Uint8Array> {
  if (!isGzip(bytes)) throw unreadable(name, 0, "expected a gzip file");
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(
      new DecompressionStream("gzip"),
    );
    for await (const part of stream) {
      length += part.length;
      if (length > MOST_UNPACKED) break;
      parts.push(part);
    }
  } catch (error) {
    throw unreadable(
      name,
      bytes.length,
      `the gzip stream is damaged or cut off (${(error as Error).message})`,
    );
  }
  if (length > MOST_UNPACKED) {
    throw unreadable(name, 0, `expected at most ${MOST_UNPACKED} bytes when unpacked, found more`);
  }
  const contents = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    contents.set(part, at);
    at += part.length;
  }
  return contents;
}
