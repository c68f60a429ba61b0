import { quoted } from "../printable.ts";

/**
 * A value that a file holds, short enough for a message: text in quotes and cut off, numbers as they are,
 * anything larger by its kind. Never fails, however deep or cyclic the value is.
 */
export function inWords(value: unknown): string {
  if (typeof value === "string") {
    return value.length > MOST_CHARACTERS ? `${quoted(value.slice(0, MOST_CHARACTERS))}…` : quoted(value);
  }
  if (typeof value === "bigint") return `${value}`.slice(0, MOST_CHARACTERS);
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Map) return `a dictionary of ${value.size}`;
  if (value instanceof Set) return `a set of ${value.size}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return "an object";
}

const MOST_CHARACTERS = 60;
