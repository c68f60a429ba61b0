import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { replaceFile } from "../../files/replace_files.ts";
import type { Field } from "../clicks.ts";
import { type Database, openDatabase, sqlText } from "./database.ts";
import type { LogFormat } from "./log_format.ts";
import { stageFile } from "./log_source.ts";

/** Settings of {@linkcode prepareLog}. */
export interface PrepareOptions {
  /** Folder that the prepared log is written to. */
  folder: string;
  /** Times that a value must come to have an id of its own. Default 2. */
  threshold?: number;
  /** Rows that values are counted in: those to train on, or, as published, all. Default `train`. */
  vocabulary?: "train" | "all";
  /** At random, or by time where the format has one. Default `random`. */
  split?: "random" | "time";
  /** Seed of a random split. Default 0. */
  seed?: number;
  /** Gigabytes of memory for it. Default 2. */
  memory?: number;
  /** Default: one for each processor. */
  threads?: number;
}

/** A log as numbers in files, larger than memory where it has to be. */
export interface PreparedLog {
  /** Folder in which the log lies. */
  folder: string;
  /** Fields, with the number of their ids. */
  fields: Field[];
  /** Rows of each part. */
  rows: Record<LogPart, number>;
}

/** Part of a log that a row belongs to. */
export type LogPart = "train" | "validation" | "test";

/** The parts, by number. */
const PARTS: readonly LogPart[] = ["train", "validation", "test"];

/** Rows of a row group: what is shuffled at once when the log is read. */
const ROW_GROUP = 1 << 17;

/**
 * Reads a log of any size, counts its values, and writes it as ids: per field by falling frequency from 0,
 * and one id behind them for everything else, only where there is anything else. The split is 8 : 1 : 1.
 * What is done is not done again: a call that was killed goes on where it was, and one with the same files
 * and settings only reads what it wrote.
 *
 * @throws SyntaxError with file and line where a row is bad; Error where a file is not there
 */
export async function prepareLog(
  files: readonly string[],
  format: LogFormat,
  options: PrepareOptions,
): Promise<PreparedLog> {
  const { folder, threshold = 2, vocabulary = "train", split = "random", seed = 0, ...limits } = options;
  requireSettings(files, format, { threshold, split });
  await mkdir(folder, { recursive: true });
  const fingerprint = JSON.stringify({
    format,
    threshold,
    vocabulary,
    split,
    seed,
    files: await Promise.all(files.map(async (path) => {
      const { size, mtimeMs } = await stat(path).catch(() => ({ size: -1, mtimeMs: 0 }));
      return { path, size, mtimeMs };
    })),
  });
  const manifest = `${folder}/log.json`;
  const known = await readManifest(manifest);
  if (known?.fingerprint === fingerprint && known.log) return { ...known.log, folder };
  if (known?.fingerprint !== fingerprint) {
    for (const kind of ["staged", "vocabularies", "train", "validation", "test"]) {
      await rm(`${folder}/${kind}`, { recursive: true, force: true });
      await rm(`${folder}/${kind}.parquet`, { force: true });
    }
    await replaceFile(manifest, encode({ fingerprint }), "log");
  }
  const database = await openDatabase({ folder, ...limits });
  try {
    await mkdir(`${folder}/staged`, { recursive: true });
    await mkdir(`${folder}/vocabularies`, { recursive: true });
    for (const [i, path] of files.entries()) {
      await whole(`${folder}/staged/${i}.parquet`, (target) => stageFile(database, { path, target, format }));
    }
    await splitRows(database, { folder, files: files.length, split, seed });
    const log = await encodeLog(database, { folder, format, threshold, vocabulary });
    await rm(`${folder}/staged`, { recursive: true });
    await replaceFile(manifest, encode({ fingerprint, log }), "log");
    return log;
  } finally {
    database.close();
    await rm(`${folder}/spill`, { recursive: true, force: true });
  }
}

interface Manifest {
  fingerprint: string;
  log?: PreparedLog;
}

const encode = (manifest: Manifest) => new TextEncoder().encode(JSON.stringify(manifest));

async function readManifest(path: string): Promise<Manifest | undefined> {
  return existsSync(path) ? JSON.parse(await readFile(path, "utf8")) : undefined;
}

/** Makes a file that is there as a whole or not at all, unless it is there. */
async function whole(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.part`;
  await rm(temporary, { force: true });
  if (existsSync(path)) return;
  await make(temporary);
  await rename(temporary, path);
}

function requireSettings(
  files: readonly string[],
  format: LogFormat,
  { threshold, split }: { threshold: number; split: string },
): void {
  if (files.length === 0) throw new RangeError("Cannot prepare a log of no files: expected one at least");
  if (!Number.isInteger(threshold) || threshold < 0) {
    throw new RangeError(`Cannot cut values by threshold ${threshold}: expected a whole number from 0`);
  }
  if (split === "time" && format.time === undefined) {
    throw new TypeError(`Cannot split a ${format.name} log by time: its format has none; split it at random`);
  }
}

/** Which part each row is of: a file beside the staged ones, in their order. */
async function splitRows(
  database: Database,
  { folder, files, split, seed }: { folder: string; files: number; split: string; seed: number },
): Promise<void> {
  const staged = stagedTable(folder, files);
  const [[rows]] = await database.rows(`SELECT count(*) FROM ${staged}`) as [[number]];
  if (rows < 10) {
    throw new RangeError(`Cannot split a log of ${rows} rows into 8 : 1 : 1: expected 10 at least`);
  }
  let part = `CASE WHEN tenth < 8 THEN 0 WHEN tenth = 8 THEN 1 ELSE 2 END`;
  let from =
    `(SELECT *, CAST(md5_number_lower(${seed} || ':' || row) % 10 AS INTEGER) AS tenth FROM numbered)`;
  if (split === "time") {
    const [[first, second]] = await database.rows(
      `SELECT quantile_disc(time, 0.8), quantile_disc(time, 0.9) FROM ${staged}`,
    ) as [[number, number]];
    part = `CASE WHEN time <= ${first} THEN 0 WHEN time <= ${second} THEN 1 ELSE 2 END`;
    from = "numbered";
  }
  await database.run(
    `CREATE OR REPLACE VIEW log AS WITH numbered AS (SELECT row_number() OVER () - 1 AS row, * FROM ${staged}) ` +
      `SELECT *, ${part} AS part FROM ${from}`,
  );
}

const stagedTable = (folder: string, files: number) =>
  `read_parquet([${
    Array.from({ length: files }, (_, i) => sqlText(`${folder}/staged/${i}.parquet`)).join(", ")
  }])`;

/** Counts values, gives them ids, and writes each part. */
async function encodeLog(
  database: Database,
  { folder, format, threshold, vocabulary }:
    & { folder: string; format: LogFormat }
    & Required<Pick<PrepareOptions, "threshold" | "vocabulary">>,
): Promise<PreparedLog> {
  const kept: number[] = [];
  for (const [f, { whole: all = false }] of format.fields.entries()) {
    const path = `${folder}/vocabularies/${f}.parquet`;
    const counted = `SELECT f${f} AS value, count(*) AS rows FROM log ${
      vocabulary === "train" ? "WHERE part = 0 " : ""
    }GROUP BY f${f}${all ? "" : ` HAVING count(*) >= ${threshold}`}`;
    await whole(path, (target) =>
      database.run(
        `COPY (SELECT value, CAST(row_number() OVER (ORDER BY rows DESC, value) - 1 AS INTEGER) AS id, rows ` +
          `FROM (${counted}) ORDER BY id) TO ${sqlText(target)} (FORMAT parquet)`,
      ));
    const [[count]] = await database.rows(`SELECT count(*) FROM read_parquet(${sqlText(path)})`) as [
      [number],
    ];
    kept.push(count);
  }
  const ids = kept.map((count, f) => `coalesce(v${f}.id, ${count}) AS f${f}`);
  const joins = kept.map((_, f) =>
    `LEFT JOIN read_parquet(${
      sqlText(`${folder}/vocabularies/${f}.parquet`)
    }) AS v${f} ON log.f${f} = v${f}.value`
  );
  const rows = {} as Record<LogPart, number>;
  const most = kept.map(() => -1);
  for (const [part, name] of PARTS.entries()) {
    const path = `${folder}/${name}.parquet`;
    await whole(path, (target) =>
      database.run(
        `COPY (SELECT row_number() OVER () - 1 AS row, * EXCLUDE (place) FROM (SELECT log.row AS place, label, ` +
          `${ids.join(", ")} FROM (SELECT * FROM log WHERE part = ${part}) AS log ${
            joins.join(" ")
          } ORDER BY place)) ` +
          `TO ${sqlText(target)} (FORMAT parquet, ROW_GROUP_SIZE ${ROW_GROUP})`,
      ));
    const [found] = await database.rows(
      `SELECT count(*), ${kept.map((_, f) => `max(f${f})`).join(", ")} FROM read_parquet(${sqlText(path)})`,
    );
    rows[name] = found![0] as number;
    if (rows[name] === 0) {
      throw new RangeError(`Cannot split the log: no row is left for the part "${name}"; split it at random`);
    }
    kept.forEach((_, f) => most[f] = Math.max(most[f]!, found![f + 1] as number));
  }
  // An id for everything else is there only where something else came.
  const fields = format.fields.map(({ name }, f) => ({
    name,
    size: kept[f]! + (most[f] === kept[f] ? 1 : 0),
  }));
  return { folder, fields, rows };
}
