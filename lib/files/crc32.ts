import { nodeModule } from "../node.ts";
import { plainCrc32 } from "./plain_crc32.ts";

/**
 * CRC-32 of bytes, or of a text's UTF-8, as zip and PNG have it; `before` is that of what stands before. By
 * zlib where there is one; a page has none.
 */
export function crc32(data: Uint8Array | string, before = 0): number {
  return nodeModule("node:zlib")?.crc32(data, before) ?? plainCrc32(data, before);
}
