import { SyntaxError } from "../errors.ts";
import { placeOfText } from "./bytes_of_text.ts";
import { crc32 } from "./crc32.ts";

/**
 * Checksums of the files that Espalier writes for itself: CRC-32, which tells every single bit that changed,
 * and all but one in four thousand million of larger damages. Files from before there were any carry none,
 * and are read. What other programs read and write again (ONNX, GGUF) gets none: it would be stale then.
 */

/** Name of a checksum, as a field or a key of metadata. */
export const CHECKSUM = "espalier_crc32";

/** Stands where the checksum will be, and is what counts there. */
export const BLANK = "00000000";

const digits = (crc: number) => crc.toString(16).padStart(8, "0");

/** Where the checksum's digits begin among the first bytes of a file; −1 where there is none. */
function placeIn(bytes: Uint8Array, within: number): number {
  const text = `"${CHECKSUM}":"`;
  const at = placeOfText(text, bytes.subarray(0, within));
  return at < 0 || at + text.length + BLANK.length > within ? -1 : at + text.length;
}

function sumOf(bytes: Uint8Array, place: number): string {
  const before = crc32(bytes.subarray(0, place));
  return digits(crc32(bytes.subarray(place + BLANK.length), crc32(BLANK, before)));
}

/**
 * Puts the checksum of all bytes in the place of the one, or the blank one, that is within the first so many;
 * does nothing where there is none.
 */
export function seal(bytes: Uint8Array, within: number): void {
  const place = placeIn(bytes, within);
  if (place < 0) return;
  new TextEncoder().encodeInto(sumOf(bytes, place), bytes.subarray(place));
}

/** Whether the checksum among the first bytes of a file is right; nothing where there is none. */
export function isSealRight(bytes: Uint8Array, within: number): boolean | undefined {
  const place = placeIn(bytes, within);
  if (place < 0) return undefined;
  const found = new TextDecoder("latin1").decode(bytes.subarray(place, place + BLANK.length));
  return found === sumOf(bytes, place);
}

/** A value as JSON on one line, with a checksum as its last field. */
export function sealJson(record: object): string {
  const text = JSON.stringify(record);
  const fields = text === "{}" ? "{" : `${text.slice(0, -1)},`;
  return `${fields}"${CHECKSUM}":"${digits(crc32(text))}"}`;
}

const SEALED = new RegExp(`^(.*?),?"${CHECKSUM}":"(.{8})"}\\s*$`, "s");

/** What a JSON text held, without its checksum. */
export interface OpenedJson {
  /** The value; its fields are for the caller to check. */
  readonly value: unknown;
  /** Whether the text carried a checksum, which was right. */
  readonly checked: boolean;
}

/**
 * Reads what {@linkcode sealJson} wrote, or JSON without a checksum.
 *
 * @throws SyntaxError where it is no JSON, or its checksum is wrong
 */
export function openJson(text: string): OpenedJson {
  const [, fields, found] = SEALED.exec(text) ?? [];
  if (fields === undefined) return { value: JSON.parse(text), checked: false };
  const own = `${fields}}`;
  if (digits(crc32(own)) !== found) {
    throw new SyntaxError(
      `its checksum is wrong: it was damaged, or changed by hand; if it is right, remove its field ${CHECKSUM}`,
    );
  }
  return { value: JSON.parse(own), checked: true };
}
