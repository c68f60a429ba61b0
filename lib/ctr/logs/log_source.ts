import { SyntaxError } from "../../errors.ts";
import { existsSync } from "../../node.ts";
import { NotFoundError } from "../../files/not_found.ts";
import { AS_WRITTEN, type Database, PARQUET, parquetRows, sqlName, sqlPath, sqlText } from "./database.ts";
import { cellsOf, firstLine, quotes } from "./first_line.ts";
import type { LogFormat } from "./log_format.ts";

/** A file of a log as a table of text: SQL that reads it, and the line that its first row stands in. */
export interface LogSource {
  /** SQL for a table with the format's columns, as text. */
  table: string;
  /** Line of the first row, from 1; Parquet has rows instead. */
  firstLine: number;
  /** Word for one row of the file, in messages. */
  unit: "line" | "row";
}

/**
 * How to read one file: text, plain or .gz, or Parquet, by its name's ending.
 *
 * @throws NotFoundError where there is no such file; SyntaxError where it is empty, or has other columns
 */
async function logSource(database: Database, path: string, format: LogFormat): Promise<LogSource> {
  if (!existsSync(path)) throw new NotFoundError(`Cannot read ${path}: there is no such file`);
  if (path.endsWith(".parquet")) {
    await requireColumns(database, path, format);
    const columns = format.columns.map((name) => `CAST(${sqlName(name)} AS VARCHAR) AS ${sqlName(name)}`);
    return {
      table: `(SELECT ${columns.join(", ")} FROM ${parquetRows(path)})`,
      firstLine: 1,
      unit: "row",
    };
  }
  const line = await firstLine(path);
  if (line === undefined) throw new SyntaxError(`Cannot read ${path}: the file is empty`);
  const cells = cellsOf(line, format.separator);
  const header = cells.join("\n") === format.columns.join("\n");
  if (!header && cells.includes(format.label) && cells.length > 1) {
    throw new SyntaxError(
      `Cannot read ${path}, line 1: a header of ${cells.length} columns, ${cells.join(", ")}; expected ` +
        `${format.columns.length}, ${format.columns.join(", ")}`,
    );
  }
  const columns = format.columns.map((name) => `${sqlText(name)}: 'VARCHAR'`);
  const quote = quotes(format.separator) ? `'"'` : "''";
  return {
    table:
      `read_csv(${sqlPath(path)}, ${AS_WRITTEN}, auto_detect=false, delim=${
        sqlText(format.separator)
      }, header=${header}, ` +
      `quote=${quote}, escape=${quote}, nullstr='', columns={${columns.join(", ")}})`,
    firstLine: header ? 2 : 1,
    unit: "line",
  };
}

/** Throws SyntaxError where a Parquet file lacks one of a format's columns; SQL's names have no case. */
async function requireColumns(database: Database, path: string, format: LogFormat): Promise<void> {
  const described = await database.rows(`DESCRIBE FROM ${parquetRows(path)}`).catch((error) => {
    throw inOurWords(error, path, "row");
  });
  const found = described.map(([name]) => `${name}`);
  const known = new Set(found.map((name) => name.toLowerCase()));
  const missing = format.columns.filter((name) => !known.has(name.toLowerCase()));
  if (missing.length === 0) return;
  throw new SyntaxError(
    `Cannot read ${path}: it has columns ${found.join(", ")}; expected ${missing.join(", ")} among them`,
  );
}

/** Stages a file as Parquet: a label, the fields' values as text, and the time. */
export async function stageFile(
  database: Database,
  { path, target, format }: { path: string; target: string; format: LogFormat },
): Promise<void> {
  const source = await logSource(database, path, format);
  const stage = (lines: boolean) =>
    database.run(`COPY (${checkedRows(source, format, { lines })}) TO ${sqlText(target)} (${PARQUET})`);
  try {
    await stage(false);
  } catch {
    // To count lines takes one thread, and so long: which one is bad is asked only where one is.
    await stage(true).catch((error) => {
      throw inOurWords(error as Error, path, source.unit);
    });
  }
}

/** SQL for the rows of a source; a bad one is an error, with its line where lines are counted. */
function checkedRows(
  { table, firstLine }: LogSource,
  format: LogFormat,
  { lines }: { lines: boolean },
): string {
  const label = sqlName(format.label);
  const bad = (problem: string) =>
    lines ? `error('LINE ' || (line + ${firstLine}) || ': ' || ${problem})` : `error(${problem})`;
  const isLabel = format.clicked === undefined
    ? `${label} IN ('0', '1')`
    : `try_cast(${label} AS BIGINT) IS NOT NULL`;
  const expected = format.clicked === undefined ? "0 or 1" : "a whole number";
  const clicked = format.clicked ?? `CAST(${label} AS UTINYINT)`;
  const labelSql = `CASE WHEN ${isLabel} THEN ${clicked} ELSE ` +
    bad(
      `${sqlText(`"${format.label}" is "`)} || coalesce(${label}, '') || ${
        sqlText(`", expected ${expected}`)
      }`,
    ) +
    " END";
  const numeric = [...new Set([format, ...format.fields].flatMap(({ numbers = [] }) => numbers))];
  const checks = numeric.map((column) => {
    const name = sqlName(column);
    return `WHEN ${name} IS NOT NULL AND NOT coalesce(isfinite(try_cast(${name} AS DOUBLE)), false) THEN ` +
      bad(`${sqlText(`"${column}" is "`)} || ${name} || ${sqlText(`", expected a number`)}`);
  });
  if (format.time !== undefined) {
    checks.push(`WHEN (${format.time}) IS NULL THEN ${bad("'there is no time'")}`);
  }
  // A value is text, and none is an empty one: NULL is equal to nothing, also where ids are looked up.
  const fields = format.fields.map(({ value }) => `coalesce(CAST(${value} AS VARCHAR), '')`);
  if (lines) {
    // Without lines, DuckDB's own error is enough to ask for them.
    for (const [f, { name }] of format.fields.entries()) {
      const problem = sqlText(`the field "${name}" cannot be made of its cells`);
      checks.push(`WHEN TRY(${fields[f]}) IS NULL THEN ${bad(problem)}`);
    }
  }
  const checked = checks.length === 0 ? "true" : `CASE ${checks.join(" ")} ELSE true END`;
  const named = fields.map((value, f) => `${value} AS f${f}`);
  const time = format.time === undefined ? [] : [`${format.time} AS time`];
  const rows = lines ? `(SELECT row_number() OVER () - 1 AS line, * FROM ${table})` : table;
  return `SELECT CAST(${labelSql} AS UTINYINT) AS label, ${[...named, ...time].join(", ")} FROM ${rows} ` +
    `WHERE ${checked}`;
}

/** DuckDB's error with the file and the line that it is about. */
function inOurWords(error: Error, path: string, unit: LogSource["unit"]): Error {
  // Where SQL itself is wrong, DuckDB quotes a line of it: "LINE 1: SELECT", at the beginning of a line.
  const own = error.message.match(/Error: LINE (\d+): (.*)/);
  if (own && !/CSV Error/.test(error.message)) {
    return new SyntaxError(`Cannot read ${path}, ${unit} ${own[1]}: ${own[2]}`, { cause: error });
  }
  const line = error.message.match(/CSV Error on Line: (\d+)/);
  const columns = error.message.match(/Expected Number of Columns: (\d+) Found: (\d+)/);
  if (line && columns) {
    return new SyntaxError(
      `Cannot read ${path}, line ${line[1]}: expected ${columns[1]} columns, found ${
        columns[2]
      }; is the separator right?`,
      { cause: error },
    );
  }
  const what = error.message.split("\n").slice(0, 2).join("; ");
  return new SyntaxError(`Cannot read ${path}${line ? `, line ${line[1]}` : ""}: ${what}`, { cause: error });
}
