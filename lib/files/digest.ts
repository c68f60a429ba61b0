import { createHash } from "node:crypto";

/** SHA-256, in hex, of texts and bytes, one after the other; where one ends and the next begins counts. */
export function digestOf(parts: Iterable<string | ArrayBufferView>): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    const bytes = typeof part === "string"
      ? new TextEncoder().encode(part)
      : new Uint8Array(part.buffer as ArrayBuffer, part.byteOffset, part.byteLength);
    hash.update(`${typeof part === "string" ? "text" : "bytes"} ${bytes.length}\n`);
    hash.update(bytes);
  }
  return hash.digest("hex");
}
