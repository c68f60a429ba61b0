import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import type { ClickLog } from "../../ctr/clicks.ts";
import type { InteractionName } from "../../ctr/interactions/table.ts";
import { avazu, criteo, kdd12, type LogFormat } from "../../ctr/logs/log_format.ts";
import { movieLens } from "../../ctr/logs/movie_lens.ts";
import { prepareLog } from "../../ctr/logs/prepare_log.ts";
import { readPart, streamTraining } from "../../ctr/logs/read_log.ts";
import { scoreClicks } from "../../ctr/predict.ts";
import type { Workplace } from "../../ctr/train_ctr.ts";
import { dataFolders, missing } from "../../data/folders.ts";
import { cacheFolder } from "../../files/cache_folder.ts";
import type { MethodName } from "./methods.ts";
import { type BaseSpec, makeSmall, taskOf } from "./run.ts";

/** A log of the world: nobody knows which of its rows are needed. */
export type RealLogName = "MovieLens-100K" | "Criteo sample" | "Avazu sample" | "Criteo" | "Avazu" | "KDD12";

/** Where a log lies under `ESPALIER_DATA`, how it is read, and how much it is, as far as is known. */
export interface RealLog {
  /** Folder of the log under `ESPALIER_DATA`. */
  folder: string;
  /** Names of the files in that folder; none for MovieLens, whose file has two names. */
  files: readonly string[];
  /** How lines are read. */
  format: LogFormat | "MovieLens";
  /** How often a value has to occur in the rows for training to have an id of its own. */
  threshold: number;
  /** Number of rows, training, validation and test together. */
  rows: number;
  /** Number of fields of a row. */
  fields: number;
}

const log = (
  folder: string,
  files: readonly string[],
  format: RealLog["format"],
  [threshold, rows, fields]: readonly [number, number, number],
): RealLog => ({ folder, files, format, threshold, rows, fields });

const parts = (stem: string, ending: string) =>
  ["train", "dev", "test"].map((part) => `${stem}_${part}${ending}`);

/** All of them. The samples are too small to rank methods by: they show that everything runs. */
export const REAL_LOGS: Readonly<Record<RealLogName, RealLog>> = {
  "MovieLens-100K": log("ctr/ml-100k", [], "MovieLens", [2, 1e5, 10]),
  "Criteo sample": log("ctr/criteo", parts("criteo_8k", ".tsv.gz"), criteo(), [2, 8000, 39]),
  "Avazu sample": log("ctr/avazu", parts("avazu_9k", ".csv.gz"), avazu(), [2, 8999, 24]),
  "Criteo": log("criteo", ["train.txt"], criteo(), [2, 45_840_617, 39]),
  "Avazu": log("avazu", ["train.csv"], avazu(), [2, 40_428_967, 24]),
  "KDD12": log("kdd12", ["training.txt"], kdd12(), [10, 149_639_105, 10]),
};

/** One method on one real log. */
export interface RealSpec extends Omit<BaseSpec, "data"> {
  /** The log. */
  log: RealLogName;
  /** The method. */
  method: MethodName;
  /** Seed of the split, of first weights and of all that is drawn. */
  seed: number;
}

/** Row of a run on a real log. */
export interface RealRow {
  /** The log. */
  log: RealLogName;
  /** How vectors become logits. */
  network: InteractionName;
  /** The method. */
  method: MethodName;
  /** Seed of the run. */
  seed: number;
  /** On the test rows, after training again. */
  auc: number;
  /** On the test rows. */
  logLoss: number;
  /** Share of the table's numbers that is gone. */
  sparsity: number;
  /** Rows of the table that stay, of so many. */
  rows: { kept: number; count: number };
  /** Bytes of the file with the smaller table. */
  bytes: number;
  /** Time that all of it took. */
  seconds: number;
}

/** Vectors that one epoch on a log looks up, in millions. */
export const millionsOf = (name: RealLogName): number =>
  0.8 * REAL_LOGS[name].rows * REAL_LOGS[name].fields / 1e6;

/** Reads a log, which is prepared once and kept in the cache. Large ones are streamed. */
export async function realLog(name: RealLogName, seed: number): Promise<ClickLog> {
  const { folder, files, format, threshold, rows } = REAL_LOGS[name];
  const folders = dataFolders(folder);
  const found = folders.find((folder) =>
    format === "MovieLens"
      ? ["u.data", "u.data.gz"].some((file) => existsSync(`${folder}/${file}`))
      : files.every((file) => existsSync(`${folder}/${file}`))
  );
  if (found === undefined) {
    throw missing(`the log ${name} (${files.join(", ") || "u.data"})`, folder, folders);
  }
  const target = `${cacheFolder()}/click_logs/${name} ${seed}`;
  await mkdir(target, { recursive: true });
  const options = { folder: target, threshold, seed, replace: true };
  let prepared;
  if (format === "MovieLens") {
    const { path, format } = await movieLens(found, `${target}/ratings.parquet`);
    prepared = await prepareLog([path], format, options);
  } else prepared = await prepareLog(files.map((file) => `${found}/${file}`), format, options);
  return {
    train: rows > 1e6 ? await streamTraining(prepared) : await readPart(prepared, "train"),
    validation: await readPart(prepared, "validation"),
    test: await readPart(prepared, "test"),
  };
}

/** Makes a table small by a method on a real log, and judges what is left. */
export async function runReal(
  spec: RealSpec,
  log: ClickLog,
  place: Workplace,
  kept?: Pick<RealRow, "rows" | "sparsity">,
): Promise<RealRow> {
  const start = performance.now();
  const { network, method, seed } = spec;
  const { trained, compact, size } = await makeSmall(spec, taskOf(spec, log, place), kept);
  return {
    ...{ log: spec.log, network, method, seed },
    ...await scoreClicks(trained.model, log.test, place),
    ...size,
    bytes: compact.bytes.file,
    seconds: (performance.now() - start) / 1000,
  };
}
