import { RangeError } from "../errors.ts";
import { limits, raised } from "../limits.ts";

/**
 * Why a file cannot be read, in words: a pipe or a device may never end, and a file may be larger than what
 * is read whole. Nothing where it can; the system's error where there is none.
 */
export async function whyUnreadable(
  path: string | URL,
  most: number = limits().sourceBytes,
): Promise<string | undefined> {
  const { isFile, isDirectory, size } = await Deno.stat(path);
  if (!isFile && !isDirectory) return "it is a pipe or a device; name a regular file";
  if (size <= most) return undefined;
  return `it has ${size} bytes, more than the ${most} that are read whole; ${raised("sourceBytes")}`;
}

/**
 * Makes sure that a file, which is read piece by piece, ends.
 *
 * @throws RangeError where it is a pipe or a device; the system's error where there is none
 */
export async function requireRegular(path: string | URL): Promise<void> {
  await requireReadable(path, Infinity);
}

/**
 * The bytes of a file. Whatever users and their files name is read by this, or piece by piece.
 *
 * @throws RangeError where it is a pipe or a device, or larger than the limit `sourceBytes`; the system's
 * error where there is none
 */
export async function readFile(path: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  await requireReadable(path);
  return await readWhole(path);
}

/** Bytes that are asked for at once. */
const PIECE = 2 ** 26;

/**
 * The bytes of a file in one array of its size. (`Deno.readFile` holds them twice for a while.) One that is
 * longer than the system said, or grows, is read by other means.
 */
export async function readWhole(path: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size;) {
    const more = await file.read(bytes.subarray(at, at + PIECE));
    if (more === null) return bytes.slice(0, at);
    at += more;
  }
  return await file.read(new Uint8Array(1)) === null ? bytes : await Deno.readFile(path);
}

/**
 * The text of a file, in UTF-8; as {@linkcode readFile}. Of a log or a line that a kill has torn, what is no
 * text is replaced: files of others are read by `utf8Text`, which refuses it.
 */
export async function readText(path: string | URL): Promise<string> {
  await requireReadable(path);
  return await Deno.readTextFile(path);
}

async function requireReadable(path: string | URL, most?: number): Promise<void> {
  const why = await whyUnreadable(path, most);
  if (why !== undefined) throw new RangeError(`Cannot read ${path}: ${why}`);
}
