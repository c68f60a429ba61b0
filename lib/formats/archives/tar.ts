/**
 * Reads the plain files of a tar archive.
 *
 * Source: POSIX.1-2001, pax interchange format, "ustar".
 */
import { quoted } from "../../printable.ts";
import { type Cursor, cursor } from "./cursor.ts";

/**
 * Contents by path, not copied. Folders, links and extension records are passed over.
 *
 * @throws {SyntaxError} a header whose checksum is wrong, or a file that is cut off
 */
export function readTar(bytes: Uint8Array, name = "tar archive"): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const place = cursor(bytes, name);
  while (place.left() > 0) {
    const at = place.offset;
    const header = place.take(512, "a header");
    // Two empty blocks end an archive; what comes after them is padding.
    if (header.every((byte) => byte === 0)) break;
    const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
    if (octal(header, { start: 148, length: 8 }, place, at) !== sum) {
      throw place.fail("a header does not match its checksum", at);
    }
    const size = octal(header, { start: 124, length: 12 }, place, at);
    const kind = header[156]!;
    const contents = place.take(size, "contents");
    place.take(Math.min(place.left(), (512 - size % 512) % 512), "padding");
    if (kind === 0 || kind === 0x30) {
      const folder = text(header, 345, 155);
      const path = text(header, 0, 100);
      files.set(folder ? `${folder}/${path}` : path, contents);
    }
  }
  return files;
}

function text(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function octal(
  header: Uint8Array,
  { start, length }: { start: number; length: number },
  place: Cursor,
  at: number,
): number {
  const digits = text(header, start, length).trim();
  if (!/^[0-7]{1,12}$/.test(digits)) {
    throw place.fail(`expected an octal number, found ${quoted(digits)}`, at);
  }
  return parseInt(digits, 8);
}
