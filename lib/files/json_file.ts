import { SyntaxError } from "../errors.ts";
import { readText } from "./read_file.ts";
import { openJson, sealJson } from "./checksum.ts";
import { ifFound } from "./not_found.ts";
import { replaceFile } from "./replace_files.ts";
import { fields, type Schema } from "./schema.ts";

/**
 * The record of a file that holds one; nothing where there is no file.
 *
 * @throws SyntaxError naming the file, and the field that is not as it should be
 */
export async function readJsonFile<T>(path: string, schema: Schema = fields({})): Promise<T | undefined> {
  const text = await ifFound(readText(path));
  return text === undefined ? undefined : parseJsonFile<T>(text, path, schema);
}

/** {@linkcode readJsonFile} for the text of the file; `path` is what messages call it. */
export function parseJsonFile<T>(text: string, path: string, schema: Schema = fields({})): T {
  const fail = (why: string, cause?: unknown) =>
    new SyntaxError(`Cannot read ${path}: ${why}; name another place, or delete the file`, { cause });
  let value: unknown;
  try {
    value = openJson(text).value;
  } catch (error) {
    throw fail((error as Error).message, error);
  }
  const problem = schema(value);
  if (problem !== undefined) throw fail(problem);
  return value as T;
}

/** Writes a record with a checksum, whole or not at all. */
export async function writeJsonFile(path: string, record: object, what?: string): Promise<void> {
  await replaceFile(path, sealJson(record), what);
}
