import { ifFound } from "./not_found.ts";

/**
 * The records of a file with one JSON object per line; none where there is no file. A line that was cut off
 * because the process was killed, or that holds no object, is passed over.
 */
export async function readJsonLines<T extends object>(path: string): Promise<T[]> {
  const text = await ifFound(Deno.readTextFile(path)) ?? "";
  return text.split("\n").flatMap((line) => {
    try {
      const record: unknown = JSON.parse(line);
      return typeof record === "object" && record !== null ? [record as T] : [];
    } catch {
      return [];
    }
  });
}

/**
 * Adds a record to such a file. It begins with a line's end, so that a line that was cut off spoils nothing.
 */
export async function appendJsonLine(path: string, record: unknown): Promise<void> {
  await Deno.writeTextFile(path, `\n${JSON.stringify(record)}\n`, { append: true });
}
