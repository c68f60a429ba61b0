import { ifFound } from "./not_found.ts";

/**
 * The records of a file with one JSON value per line; none where there is no file. A line that was cut off
 * because the process was killed is passed over.
 */
export async function readJsonLines<T>(path: string): Promise<T[]> {
  const text = await ifFound(Deno.readTextFile(path)) ?? "";
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as T];
    } catch {
      return [];
    }
  });
}

/**
 * Adds a record to such a file, down to the disk: it is there after a power failure too. It begins with a
 * line's end, so that a line that was cut off spoils nothing.
 */
export async function appendJsonLine(path: string, record: unknown): Promise<void> {
  using file = await Deno.open(path, { append: true, create: true });
  const bytes = new TextEncoder().encode(`\n${JSON.stringify(record)}\n`);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  await file.sync();
}
