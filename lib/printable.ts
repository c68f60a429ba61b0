/**
 * Text from a stranger's file, as it may be shown: in a terminal, control characters move the cursor, change
 * the title or hide what stands before them, and marks of direction turn words around.
 */

/** Control characters but line ends and tabs, separators of lines and paragraphs, and marks of direction. */
// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The text with such characters written out: `\x1b`, `\u202e`. Lines and tabs stay. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
  });
}

/** A name, or what stands for one, in quotes for a message, on one line: `"conv1"`. */
export function quoted(name: unknown): string {
  return printable(JSON.stringify(`${name}`));
}

/** JSON with such characters in the escapes of JSON, which its readers undo. */
export function printableJson(json: string): string {
  return json.replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
