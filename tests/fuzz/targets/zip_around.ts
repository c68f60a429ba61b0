import { zipSync } from "npm:fflate@0.8.3";
import { crc32 } from "../../../lib/files/crc32.ts";

/** Bytes of the record at the end of an archive. */
const END = 22;

/**
 * Archives that differ in one entry, the last, which is stored with its right checksum: all else is written once.
 *
 * @param others contents of the other entries
 * @param path of the entry that changes
 */
export function zipAround(
  others: Record<string, Uint8Array>,
  path: string,
): (bytes: Uint8Array) => Uint8Array {
  const whole = zipSync({ ...others, [path]: new Uint8Array(1) }, { level: 0 });
  const end = new DataView(whole.buffer, whole.byteOffset + whole.length - END);
  const directory = end.getUint32(16, true);
  const name = new TextEncoder().encode(path).length;
  const [body, tail] = [whole.slice(0, directory - 1), whole.slice(directory)];
  const header = body.length - name - 30; // of the entry that changes, whose contents come last
  const central = tail.length - END - name - 46;
  return (bytes) => {
    const file = new Uint8Array(body.length + bytes.length + tail.length);
    file.set(body);
    file.set(bytes, body.length);
    const at = body.length + bytes.length;
    file.set(tail, at);
    const view = new DataView(file.buffer);
    const sum = crc32(bytes);
    for (const place of [header + 14, at + central + 16]) {
      view.setUint32(place, sum, true);
      view.setUint32(place + 4, bytes.length, true);
      view.setUint32(place + 8, bytes.length, true);
    }
    view.setUint32(file.length - END + 16, at, true);
    return file;
  };
}
