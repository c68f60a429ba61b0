import { importDuckDb } from "../deps.ts";

/** A database in memory that spills into a folder. */
export interface Database {
  /** Runs a statement. */
  run(sql: string): Promise<void>;
  /** Rows of a query, whose columns are numbers or text. */
  rows(sql: string): Promise<(number | string | null)[][]>;
  /** Hands a query's columns of numbers over, chunk by chunk. */
  stream(sql: string, take: (columns: ArrayLike<number>[], count: number) => void): Promise<void>;
  /** Frees it. */
  close(): void;
}

/** Settings of {@linkcode openDatabase}. */
export interface DatabaseOptions {
  /** Folder for what does not fit into memory. */
  folder: string;
  /** Gigabytes that it may take. Default 2. */
  memory?: number | undefined;
  /** Threads that it may take. Default: one for each processor. */
  threads?: number | undefined;
}

/** Opens a DuckDB database. */
export async function openDatabase(
  { folder, memory = 2, threads = navigator.hardwareConcurrency }: DatabaseOptions,
): Promise<Database> {
  const { DuckDBInstance } = await importDuckDb();
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: `${memory}GB`,
    threads: `${threads}`,
    temp_directory: `${folder}/spill`,
  });
  const connection = await instance.connect();
  return {
    run: async (sql) => void await connection.run(sql),
    async rows(sql) {
      const reader = await connection.runAndReadAll(sql);
      return reader.getRows().map((row) =>
        row.map((value) => typeof value === "bigint" ? Number(value) : value as number | string | null)
      );
    },
    async stream(sql, take) {
      const result = await connection.stream(sql);
      for (
        let chunk = await result.fetchChunk();
        chunk && chunk.rowCount > 0;
        chunk = await result.fetchChunk()
      ) {
        // A chunk's numbers may not outlive it: whoever takes them copies them.
        const columns = Array.from(
          { length: chunk.columnCount },
          (_, i) => chunk!.getColumnValues(i) as unknown as ArrayLike<number>,
        );
        take(columns, chunk.rowCount);
      }
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Text as SQL has it. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * The path of a file to read, as SQL has it: of that file alone, where DuckDB would take its name for a
 * pattern. What is written to is no pattern, and is text.
 */
export const sqlPath = (path: string): string => sqlText(path.replaceAll(/[[*?]/g, "[$&]"));

/** Has columns read as they are: a folder called `site=3` would give a column `site` of threes. */
export const AS_WRITTEN = "hive_partitioning=false";

/** SQL for the rows of Parquet files, one after the other. */
export function parquetRows(...paths: readonly string[]): string {
  return `read_parquet([${paths.map(sqlPath).join(", ")}], ${AS_WRITTEN})`;
}

/** A name as SQL has it. */
export const sqlName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** How tables are written: to the very file that is named, which takes its place as a whole later. */
export const PARQUET = "FORMAT parquet, USE_TMP_FILE false";
