/** The npm dependencies of click logs; what is heavy is imported when it is first used.*/
import { importPackage } from "../deps.ts";

/** DuckDB as native code, which reads and joins files larger than memory. */
export const importDuckDb = (): Promise<typeof import("npm:@duckdb/node-api@1.5.6-r.1")> =>
  importPackage("npm:@duckdb/node-api@1.5.6-r.1");
