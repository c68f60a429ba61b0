import { SyntaxError } from "../errors.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The text that the bytes of a file are in UTF-8, without a byte order mark.
 *
 * @param name what messages call the file
 * @throws SyntaxError where they are in another encoding
 */
export function utf8Text(bytes: Uint8Array, name: string): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${name}: expected text in UTF-8; take the file as it was published`, {
      cause: error,
    });
  }
}
