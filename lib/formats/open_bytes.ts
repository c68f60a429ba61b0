import { unreadable } from "./archives/cursor.ts";
import { readSource, type Source } from "./read_source.ts";

/** Bytes that can be read from anywhere. */
export interface ByteSource {
  /** Where they are, for messages. */
  readonly name: string;
  /** How many they are. */
  readonly size: number;
  /** Some of them, in memory of their own. */
  read(at: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Opens a file to be read in parts, however large it is; what is no file on the disk is in memory.
 *
 * @throws {Error} where it cannot be read
 */
export async function openBytes(source: Source): Promise<ByteSource> {
  const path = source instanceof URL && source.protocol === "file:"
    ? decodeURIComponent(source.pathname)
    : typeof source === "string" && !/^(?:https?|file|data|blob):/.test(source)
    ? source
    : undefined;
  const info = path === undefined ? undefined : await Deno.stat(path).catch(() => undefined);
  if (path === undefined || !info?.isFile) {
    const { bytes, name } = await readSource(source);
    return {
      name,
      size: bytes.length,
      read: (at, length) => Promise.resolve(bytes.slice(at, at + length) as Uint8Array<ArrayBuffer>),
    };
  }
  return { name: path, size: info.size, read: (at, length) => readAt(path, at, length) };
}

/** Part of a file. Each read has a handle of its own, so that reads do not move one another's place. */
async function readAt(path: string, at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  await file.seek(at, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const more = await file.read(bytes.subarray(done));
    if (more === null) {
      throw unreadable(
        path,
        at + done,
        `expected ${length - done} bytes more, found the end; did it change?`,
      );
    }
    done += more;
  }
  return bytes;
}
