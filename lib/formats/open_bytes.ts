import { localPath } from "../files/local_path.ts";
import { statIfFound } from "../files/not_found.ts";
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
  /** Some of them at once, without waiting. */
  readSync(at: number, length: number): Uint8Array<ArrayBuffer>;
}

/**
 * Opens a file to be read in parts, however large it is; what is no file on the disk is in memory.
 *
 * @throws {Error} where it cannot be read
 */
export async function openBytes(source: Source): Promise<ByteSource> {
  // In a page nothing is found, and reading says why.
  const path = source instanceof URL && source.protocol === "file:" && "Deno" in globalThis
    ? localPath(source)
    : typeof source === "string" && !/^(?:https?|file|data|blob):/.test(source)
    ? source
    : undefined;
  const info = path === undefined ? undefined : statIfFound(path);
  if (path === undefined || !info?.isFile) {
    const { bytes, name } = await readSource(source);
    // A Buffer's slice is no copy.
    const copy = (at: number, length: number) => new Uint8Array(bytes.subarray(at, at + length));
    return {
      name,
      size: bytes.length,
      read: (at, length) => Promise.resolve(copy(at, length)),
      readSync: copy,
    };
  }
  return {
    name: path,
    size: info.size,
    read: (at, length) => readAt(path, at, length),
    readSync: (at, length) => readAtSync(path, at, length),
  };
}

/** Part of a file. Each read has a handle of its own, so that reads do not move one another's place. */
async function readAt(path: string, at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  await file.seek(at, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    done += requireMore(await file.read(bytes.subarray(done)), path, at + done, length - done);
  }
  return bytes;
}

function readAtSync(path: string, at: number, length: number): Uint8Array<ArrayBuffer> {
  using file = Deno.openSync(path);
  file.seekSync(at, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    done += requireMore(file.readSync(bytes.subarray(done)), path, at + done, length - done);
  }
  return bytes;
}

function requireMore(more: number | null, path: string, at: number, left: number): number {
  if (more !== null) return more;
  throw unreadable(path, at, `expected ${left} bytes more, found the end; did it change?`);
}
