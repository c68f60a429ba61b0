import { unreadable } from "./cursor.ts";
import { unpack } from "./unpack.ts";

/** Whether the bytes begin like a gzip file. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/**
 * The contents of a gzip file, checked against its checksum; at most 1 GiB.
 *
 * @throws {SyntaxError} a damaged or cut file, or one that unpacks to more
 */
export async function gunzip(bytes: Uint8Array, name = "gzip file"): Promise<Uint8Array> {
  if (!isGzip(bytes)) throw unreadable(name, 0, "expected a gzip file");
  return await unpack(bytes, "gzip", name);
}
