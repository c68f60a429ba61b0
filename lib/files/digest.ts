import { createHash, createReadStream } from "../node.ts";

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

/** SHA-256, in hex, of files, one after the other, as if they were one. */
export async function filesDigest(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  }
  return hash.digest("hex");
}

/** SHA-256, in hex, of a text's UTF-8. */
export function textDigest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * SHA-256, in hex, of a text and then of tensors, one after the other: of each its name, or whatever else
 * tells it from others, and the bytes of its numbers. Where one ends and the next begins does not count.
 */
export function tensorsDigest(head: string, tensors: Iterable<readonly [string, ArrayBufferView]>): string {
  const hash = createHash("sha256").update(head);
  for (const [name, { buffer, byteOffset, byteLength }] of tensors) {
    hash.update(name).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}
