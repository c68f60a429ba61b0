import type { Tensor } from "../deps.ts";
import { unreadable } from "./cursor.ts";
import { decodeNpy } from "./npy.ts";
import { readZip, type ZipEntry } from "./zip.ts";

/** Whether the entries of an archive are arrays, as in numpy's `.npz`. */
export function isNpz(entries: ReadonlyMap<string, ZipEntry>): boolean {
  return entries.size > 0 && [...entries.keys()].every((path) => path.endsWith(".npy"));
}

/**
 * The arrays of an `.npz` file (`numpy.savez`, `savez_compressed`) by name, in file order.
 *
 * @throws {SyntaxError} a damaged file, entries that are no arrays, arrays that are no numbers
 */
export function decodeNpz(bytes: Uint8Array, name = "npz file"): Record<string, Tensor> {
  const entries = readZip(bytes, name);
  const stray = [...entries.keys()].find((path) => !path.endsWith(".npy"));
  if (stray !== undefined) {
    throw unreadable(name, 0, `expected only .npy entries, found ${JSON.stringify(stray)}`);
  }
  return Object.fromEntries([...entries].map(([path, entry]) => [
    path.slice(0, -".npy".length),
    decodeNpy(entry.read(), `${name}, entry ${JSON.stringify(path)}`),
  ]));
}
