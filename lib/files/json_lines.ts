import { Error } from "../errors.ts";
import { readText } from "./read_file.ts";
import { openJson, sealJson } from "./checksum.ts";
import { ifFound } from "./not_found.ts";
import { fields, type Schema } from "./schema.ts";

/**
 * The records of a file with one JSON value per line; none where there is no file. A line that was cut off
 * because the process was killed, was damaged, or has another shape is passed over.
 *
 * @param tell is told of each such line: which it is, and why
 */
export async function readJsonLines<T>(
  path: string,
  schema: Schema = fields({}),
  tell: (problem: string) => void = () => {},
): Promise<T[]> {
  return parseJsonLines<T>(await ifFound(readText(path)) ?? "", path, schema, tell);
}

/** {@linkcode readJsonLines} for the text of the file; `path` is what messages call it. */
export function parseJsonLines<T>(
  text: string,
  path: string,
  schema: Schema = fields({}),
  tell: (problem: string) => void = () => {},
): T[] {
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    try {
      const { value } = openJson(line);
      const problem = schema(value);
      if (problem === undefined) return [value as T];
      tell(`line ${i + 1} of ${path}: ${problem}`);
    } catch (error) {
      tell(`line ${i + 1} of ${path}: ${(error as Error).message}`);
    }
    return [];
  });
}

/**
 * Adds a record to such a file, with a checksum, down to the disk: it is there after a power failure too. It
 * begins with a line's end, so that a line that was cut off spoils nothing.
 */
export async function appendJsonLine(path: string, record: object): Promise<void> {
  using file = await Deno.open(path, { append: true, create: true });
  const bytes = new TextEncoder().encode(`\n${sealJson(record)}\n`);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  await file.sync();
}

/**
 * Makes sure that such a file can be added to, before what is to be added is worked or paid for: opens it,
 * and makes an empty one where there is none.
 *
 * @param what would be done, for the error: `ask models`
 * @throws Error where it cannot be written, or its folder is not there
 */
export async function requireAppendable(path: string, what: string): Promise<void> {
  try {
    (await Deno.open(path, { append: true, create: true })).close();
  } catch (error) {
    throw new Error(
      `Cannot ${what}: ${path} cannot be added to, ${
        (error as Error).message
      }; name a file in a folder that ` +
        "is there and can be written to",
      { cause: error },
    );
  }
}
