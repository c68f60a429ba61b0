import { quoted } from "../printable.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { unreadable } from "./archives/cursor.ts";
import { isUnreadable, recordOf } from "./left_out.ts";
import { readNpy } from "./npy.ts";
import { readZip, type ZipEntry } from "./archives/zip.ts";

/** Whether the entries of an archive are arrays, as in numpy's `.npz`, perhaps with something beside them. */
export function isNpz(entries: ReadonlyMap<string, ZipEntry>): boolean {
  const paths = [...entries.keys()];
  return paths.some((path) => path.endsWith(".npy")) && !paths.some((path) => path.endsWith("data.pkl"));
}

/**
 * The arrays of an `.npz` file (`numpy.savez`, `savez_compressed`) by name, in file order. Entries that are
 * no arrays and arrays that are no numbers are left out, and {@linkcode leftOut} names them.
 *
 * @throws {SyntaxError} a damaged file, or one in which no array can be read
 */
export function decodeNpz(bytes: Uint8Array, name = "npz file"): Record<string, Tensor> {
  const tensors: [string, Tensor][] = [];
  const reasons = new Map<string, string>();
  const entries = readZip(bytes, name);
  for (const [path, entry] of entries) {
    if (!path.endsWith(".npy")) {
      reasons.set(path, "it is no .npy entry");
      continue;
    }
    const found = readNpy(entry.read(), `${name}, entry ${quoted(path)}`, { owned: entry.packed });
    const key = path.slice(0, -".npy".length);
    if (isUnreadable(found)) reasons.set(key, found.unreadable);
    else tensors.push([key, found]);
  }
  if (tensors.length === 0 && reasons.size > 0) {
    const [[key, why]] = [...reasons] as [[string, string]];
    throw unreadable(name, 0, `expected arrays of numbers, found none; of ${quoted(key)}, ${why}`);
  }
  return recordOf(tensors, reasons, name);
}
