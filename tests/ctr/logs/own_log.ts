/** A small log of clicks, as text, and its way into a prepared folder. */
import { gzipSync } from "node:zlib";
import { clickCsv, type LogFormat } from "../../../lib/ctr/logs/log_format.ts";
import { type PreparedLog, prepareLog, type PrepareOptions } from "../../../lib/ctr/logs/prepare_log.ts";
import { openDatabase, sqlText } from "../../../lib/ctr/logs/database.ts";
import { seededRandom } from "../../../lib/random.ts";

export const OWN = clickCsv({ columns: ["click", "site", "hour"], label: "click" });

/** A log of two columns: site s_i comes about 1/i as often as s_1. */
export function ownRows(count: number): string[] {
  const random = seededRandom(1);
  return Array.from({ length: count }, () => {
    const site = Math.floor(1 / (0.02 + random.uniform()));
    return `${random.integer(2)},s${site},${random.integer(24)}`;
  });
}

export async function prepareText(
  text: string,
  folder: string,
  { name = "log.csv", format = OWN, ...options }:
    & { name?: string; format?: LogFormat }
    & Partial<PrepareOptions> = {},
): Promise<PreparedLog> {
  const path = `${folder}/${name}`;
  const bytes = new TextEncoder().encode(text);
  await Deno.writeFile(path, name.endsWith(".gz") ? gzipSync(bytes) : bytes);
  return await prepareLog([path], format, { folder: `${folder}/prepared`, threads: 1, ...options });
}

/** The text that each id of a field stands for. */
export async function vocabulary(log: PreparedLog, field: number): Promise<Map<number, string>> {
  const database = await openDatabase({ folder: log.folder });
  const rows = await database.rows(
    `SELECT id, value FROM read_parquet(${sqlText(`${log.folder}/vocabularies/${field}.parquet`)})`,
  );
  database.close();
  return new Map(rows as [number, string][]);
}
