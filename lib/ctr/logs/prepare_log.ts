import { COUNT, requireNumbers } from "../../bounds.ts";
import { RangeError, TypeError } from "../../errors.ts";
import {
  type Chosen,
  type OptionNames,
  type OptionWords,
  requireOptions,
  requireWords,
  withoutUndefined,
} from "../../options.ts";
import { existsSync, mkdir, rm } from "../../node.ts";
import { holdInTurn } from "../../files/lock.ts";
import { replaceFileBy } from "../../files/replace_files.ts";
import type { Field } from "../clicks.ts";
import {
  AS_WRITTEN,
  type Database,
  openDatabase,
  PARQUET,
  parquetRows,
  sqlPath,
  sqlText,
} from "./database.ts";
import { versionOf } from "./file_version.ts";
import type { LogFormat } from "./log_format.ts";
import { stageFile } from "./log_source.ts";
import {
  digestVocabularies,
  type Manifest,
  readManifest,
  requireReplaceable,
  takePlace,
  writeManifest,
} from "./prepared_folder.ts";

/** Settings of {@linkcode prepareLog}. */
export interface PrepareOptions {
  /** Folder that the prepared log is written to. */
  folder: string;
  /** Times that a value must come to have an id of its own. Default 2. */
  threshold?: number | undefined;
  /** Rows that values are counted in: those to train on, or, as published, all. Default `train`. */
  vocabulary?: "train" | "all" | undefined;
  /** At random, or by time where the format has one. Default `random`. */
  split?: "random" | "time" | undefined;
  /** Seed of a random split. Default 0. */
  seed?: number | undefined;
  /**
   * Whether a log of other files or settings in the folder is given up for this one. Default false: models
   * that were fitted to it need its vocabularies.
   */
  replace?: boolean | undefined;
  /** Gigabytes of memory for it. Default 2. */
  memory?: number | undefined;
  /** Threads for it. Default: one for each processor. */
  threads?: number | undefined;
}

/** Names of {@linkcode PrepareOptions}. */
const PREPARE_OPTIONS: OptionNames<PrepareOptions> = {
  folder: true,
  threshold: true,
  vocabulary: true,
  split: true,
  seed: true,
  replace: true,
  memory: true,
  threads: true,
};

const WORDS: OptionWords<Pick<Chosen<PrepareOptions>, "vocabulary" | "split">> = {
  vocabulary: { train: true, all: true },
  split: { random: true, time: true },
};

/** A log as numbers in files, larger than memory where it has to be. */
export interface PreparedLog {
  /** Folder in which the log lies. */
  folder: string;
  /** Fields, with the number of their ids. */
  fields: Field[];
  /** Rows of each part. */
  rows: Record<LogPart, number>;
  /** SHA-256 of the vocabularies' files, one after the other: what a fitted model is known to belong to. */
  vocabularies: string;
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
 * and settings only reads what it wrote. It is built in `preparing` in the folder and moved when it is there
 * as a whole, so that whatever fails leaves an older log as it was.
 *
 * @param files paths of the log's files, in order, or of its only one
 * @throws NotFoundError where a file is not there; SyntaxError with file and line where a row is bad;
 * RangeError where there are less than ten rows, or clicks alone, or none, or a number cannot be meant; Error
 * where the folder holds a log of other files or settings
 */
export async function prepareLog(
  files: string | readonly string[],
  format: LogFormat,
  options: PrepareOptions,
): Promise<PreparedLog> {
  requireOptions("prepareLog", options, PREPARE_OPTIONS);
  const { folder, threshold = 2, vocabulary = "train", split = "random", seed = 0 } = options;
  requireWords("prepare a log", { vocabulary, split }, WORDS);
  const { replace = false, memory, threads } = options;
  const paths = typeof files === "string" ? [files] : files;
  requireSettings(paths, format, { threshold, split, seed, memory, threads });
  const found = await Promise.all(paths.map(versionOf));
  const settings = { format, threshold, vocabulary, split, seed };
  const fingerprint = JSON.stringify({ ...settings, files: found });
  const ready = (known: Manifest | undefined) =>
    known?.fingerprint === fingerprint && known.log && { ...known.log, folder };
  const before = ready(await readManifest(folder));
  if (before) return before;
  await mkdir(folder, { recursive: true });
  await using _turn = await holdInTurn(`${folder}/log.json`);
  const known = await readManifest(folder);
  const meanwhile = ready(known); // by who had the folder before us
  if (meanwhile) return meanwhile;
  const built = `${folder}/preparing`;
  const begun = await readManifest(built);
  requireReplaceable(folder, { known, begun, fingerprint, replace });
  if (begun?.fingerprint !== fingerprint) {
    await rm(built, { recursive: true, force: true });
    await mkdir(built, { recursive: true });
    await writeManifest(built, { fingerprint });
  }
  let log = begun?.fingerprint === fingerprint ? begun.log : undefined;
  if (log === undefined) {
    log = { ...await buildLog(paths, { folder: built, ...settings, memory, threads }), folder };
    await writeManifest(built, { fingerprint, log });
  }
  await takePlace(built, folder);
  return { ...log, folder };
}

/** Makes all of a log's files, but those that are there. */
async function buildLog(
  files: readonly string[],
  { folder, format, threshold, vocabulary, split, seed, ...limits }:
    & { folder: string; format: LogFormat; memory: number | undefined; threads: number | undefined }
    & Chosen<Pick<PrepareOptions, "threshold" | "vocabulary" | "split" | "seed">>,
): Promise<PreparedLog> {
  const database = await openDatabase({ folder, ...limits });
  try {
    await mkdir(`${folder}/staged`, { recursive: true });
    await mkdir(`${folder}/vocabularies`, { recursive: true });
    for (const [i, path] of files.entries()) {
      await whole(stagedPath(folder, i), (target) => stageFile(database, { path, target, format }));
    }
    await splitRows(database, { folder, files: files.length, split, seed });
    return await encodeLog(database, { folder, format, threshold, vocabulary });
  } finally {
    database.close();
    await rm(`${folder}/spill`, { recursive: true, force: true });
  }
}

/** Makes a file that is there as a whole or not at all, unless it is there. */
async function whole(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  if (!existsSync(path)) await replaceFileBy(path, make);
}

function requireSettings(
  files: readonly string[],
  format: LogFormat,
  { threshold, split, seed, memory, threads }:
    & Chosen<Pick<PrepareOptions, "threshold" | "split" | "seed">>
    & Pick<PrepareOptions, "memory" | "threads">,
): void {
  if (!Array.isArray(files) || !files.every((path) => typeof path === "string")) {
    throw new TypeError(`Cannot prepare a log of ${Deno.inspect(files)}: expected paths of its files`);
  }
  if (files.length === 0) throw new RangeError("Cannot prepare a log of no files: expected one at least");
  requireNumbers("prepare a log", { threshold, seed }, { whole: true, from: 0 });
  requireNumbers("prepare a log", withoutUndefined({ memory }), { above: 0 });
  requireNumbers("prepare a log", withoutUndefined({ threads }), COUNT);
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
  const [[rows, clicks]] = await database.rows(`SELECT count(*), sum(label) FROM ${staged}`) as [
    [number, number],
  ];
  if (rows < 10) {
    throw new RangeError(`Cannot split a log of ${rows} rows into 8 : 1 : 1: expected 10 at least`);
  }
  if (clicks === 0 || clicks === rows) {
    throw new RangeError(
      `Cannot prepare a log of ${rows} rows of which ${clicks} are clicks: expected some of both; is the label ` +
        "the right column?",
    );
  }
  // Rows are numbered by their places in the files, which all threads know, and not by counting them.
  const numbered: string[] = [];
  for (let file = 0, before = 0; file < files; file++) {
    const path = stagedPath(folder, file);
    numbered.push(
      `SELECT file_row_number + ${before} AS row, * EXCLUDE (file_row_number) ` +
        `FROM read_parquet(${sqlPath(path)}, ${AS_WRITTEN}, file_row_number=true)`,
    );
    const [[count]] = await database.rows(`SELECT count(*) FROM ${parquetRows(path)}`) as [[number]];
    before += count;
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
    `CREATE OR REPLACE VIEW log AS WITH numbered AS (${
      numbered.join(" UNION ALL ")
    }) SELECT *, ${part} AS part FROM ${from}`,
  );
}

const stagedPath = (folder: string, file: number) => `${folder}/staged/${file}.parquet`;

const stagedTable = (folder: string, files: number) =>
  parquetRows(...Array.from({ length: files }, (_, i) => stagedPath(folder, i)));

/** Counts values, gives them ids, and writes each part. */
async function encodeLog(
  database: Database,
  { folder, format, threshold, vocabulary }:
    & { folder: string; format: LogFormat }
    & Chosen<Pick<PrepareOptions, "threshold" | "vocabulary">>,
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
          `FROM (${counted}) ORDER BY id) TO ${sqlText(target)} (${PARQUET})`,
      ));
    const [[count]] = await database.rows(`SELECT count(*) FROM ${parquetRows(path)}`) as [
      [number],
    ];
    kept.push(count);
  }
  const ids = kept.map((count, f) => `coalesce(v${f}.id, ${count}) AS f${f}`);
  const joins = kept.map((_, f) =>
    `LEFT JOIN ${parquetRows(`${folder}/vocabularies/${f}.parquet`)} AS v${f} ON log.f${f} = v${f}.value`
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
          `TO ${sqlText(target)} (${PARQUET}, ROW_GROUP_SIZE ${ROW_GROUP})`,
      ));
    const [found] = await database.rows(
      `SELECT count(*), ${kept.map((_, f) => `max(f${f})`).join(", ")} FROM ${parquetRows(path)}`,
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
  return { folder, fields, rows, vocabularies: await digestVocabularies(folder, fields.length) };
}
