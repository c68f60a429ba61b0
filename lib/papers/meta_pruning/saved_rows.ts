import { dirname } from "node:path";
import { appendJsonLine, readJsonLines } from "../../json_lines.ts";

/** What is known of each unit of an experiment, from a file with a line per unit; a line that was cut off is none. */
export async function loadRows<Row>(path: string): Promise<Map<string, Row[]>> {
  const units = await readJsonLines<{ unit: string; rows: Row[] }>(path);
  return new Map(units.map(({ unit, rows }) => [unit, rows]));
}

/** Adds a unit's rows to the file, as one line. */
export async function saveRows<Row>(path: string, unit: string, rows: readonly Row[]): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await appendJsonLine(path, { unit, rows });
}
