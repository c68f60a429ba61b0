import { Error } from "../../errors.ts";
import { digestOf } from "../../files/digest.ts";
import { replaceFileBy } from "../../files/replace_files.ts";
import { existsSync } from "../../node.ts";
import { AS_WRITTEN, type Database, openDatabase, PARQUET, sqlPath, sqlText } from "./database.ts";
import { versionOf } from "./file_version.ts";
import { firstLine } from "./first_line.ts";
import { clickCsv, type LogFormat } from "./log_format.ts";

/** The fields that ratings are joined to. */
const FIELDS = ["user", "film", "gender", "age", "occupation", "zip", "hour", "weekday", "year", "genre"];

/** MovieLens-100K as a log: a rating of 4 or 5 is a click. */
export interface MovieLens {
  /** A Parquet file of ratings with what is known of who rated and what was rated. */
  path: string;
  /** Layout of the log's files. */
  format: LogFormat;
}

/**
 * Joins MovieLens-100K's ratings (`u.data`), users (`u.user`) and films (`u.item`), plain or .gz, with or
 * without a line of names, to one file: age in steps of five years, the first three characters of the zip
 * code, hour and weekday (0: Sunday) in UTC, the year of release, and the first genre. A target that was made
 * of the same files stays as it is, so that a log that was prepared of it is still that log.
 *
 * @param folder where the three files are
 * @param target the Parquet file to write
 * @throws Error where one of them is missing
 */
export async function movieLens(folder: string, target: string): Promise<MovieLens> {
  const genres = Array.from({ length: 19 }, (_, i) => `g${i}`);
  const paths = ["u.data", "u.user", "u.item"].map((name) => pathOf(folder, name));
  const [data, users, films] = await Promise.all([
    table(paths[0]!, ["user", "film", "rating", "time"]),
    table(paths[1]!, ["user", "age", "gender", "occupation", "zip"]),
    table(paths[2]!, ["film", "title", "released", "video", "address", ...genres]),
  ]);
  const when = "to_timestamp(CAST(time AS BIGINT)) AT TIME ZONE 'UTC'";
  const first = `CASE ${
    genres.map((genre, i) => `WHEN ${genre} = '1' THEN '${i}'`).join(" ")
  } ELSE 'none' END`;
  const columns = [
    "CASE WHEN CAST(rating AS INTEGER) >= 4 THEN '1' ELSE '0' END AS click",
    "d.user AS user, d.film AS film, gender, CAST(CAST(age AS INTEGER) // 5 AS VARCHAR) AS age, occupation",
    `substr(zip, 1, 3) AS zip, CAST(hour(${when}) AS VARCHAR) AS hour, CAST(dayofweek(${when}) AS VARCHAR) AS weekday`,
    `coalesce(right(released, 4), '') AS year, ${first} AS genre, time`,
  ];
  const database = await openDatabase({ folder: `${target}.work`, memory: 1 });
  try {
    await database.run("SET TimeZone = 'UTC'");
    const joined =
      `SELECT ${columns.join(", ")} FROM (SELECT row_number() OVER () AS place, * FROM ${data}) AS d ` +
      `JOIN ${users} AS u ON d.user = u.user JOIN ${films} AS f ON d.film = f.film ORDER BY place`;
    const sources = digestOf([joined, JSON.stringify(await Promise.all(paths.map(versionOf)))]);
    if (await sourcesOf(database, target) !== sources) {
      const how = `${PARQUET}, KV_METADATA {sources: ${sqlText(sources)}}`;
      await replaceFileBy(target, (part) => database.run(`COPY (${joined}) TO ${sqlText(part)} (${how})`));
    }
  } finally {
    database.close();
  }
  return { path: target, format: movieLensFormat() };
}

/** How the joined file is laid out. */
function movieLensFormat(): LogFormat {
  const columns = ["click", ...FIELDS, "time"];
  return { ...clickCsv({ columns, label: "click", fields: FIELDS, time: "time" }), name: "MovieLens" };
}

/** What a target says that it was made of; nothing where it does not, or is none. */
async function sourcesOf(database: Database, target: string): Promise<unknown> {
  if (!existsSync(target)) return undefined;
  const query = `SELECT decode(value) FROM parquet_kv_metadata(${
    sqlPath(target)
  }) WHERE decode(key) = 'sources'`;
  const [row] = await database.rows(query).catch(() => []);
  return row?.[0];
}

function pathOf(folder: string, name: string): string {
  const path = [`${folder}/${name}`, `${folder}/${name}.gz`].find((path) => existsSync(path));
  if (path === undefined) throw new Error(`Cannot read MovieLens: there is no ${name} in ${folder}`);
  return path;
}

/** SQL for one of the files, as text; titles of the original are no UTF-8, and are not read. */
async function table(path: string, columns: readonly string[]): Promise<string> {
  const line = await firstLine(path) ?? "";
  const header = /^(user|item)\|/.test(line) || /^(user|item)\t/.test(line);
  const types = columns.map((column) => `${sqlText(column)}: 'VARCHAR'`).join(", ");
  return `read_csv(${sqlPath(path)}, ${AS_WRITTEN}, auto_detect=false, delim='${
    line.includes("|") ? "|" : "\t"
  }', header=${header}, ` +
    `quote='', escape='', nullstr='', encoding='latin-1', columns={${types}})`;
}
