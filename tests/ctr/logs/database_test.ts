import assert from "node:assert/strict";
import { openDatabase, PARQUET, parquetRows, sqlName, sqlText } from "../../../lib/ctr/logs/database.ts";
import { inFolder } from "../../in_folder.ts";

Deno.test("text and names come back as they are, whatever marks they have", () =>
  inFolder(async (folder) => {
    const database = await openDatabase({ folder, threads: 1 });
    try {
      const odd = `it's "odd"; -- ';`;
      assert.deepEqual(await database.rows(`SELECT ${sqlText(odd)}, 12345678901::BIGINT, NULL`), [[
        odd,
        12345678901,
        null,
      ]]);
      await database.run(`CREATE TABLE t AS SELECT 1 AS ${sqlName(odd)}`);
      assert.deepEqual(await database.rows(`SELECT ${sqlName(odd)} FROM t`), [[1]]);
    } finally {
      database.close();
    }
  }));

Deno.test("columns are streamed chunk by chunk: all rows, in their order", () =>
  inFolder(async (folder) => {
    const database = await openDatabase({ folder, threads: 1 });
    try {
      const seen: number[] = [];
      let chunks = 0;
      await database.stream(
        "SELECT i::INTEGER, 2 * i::INTEGER FROM range(5000) t(i) ORDER BY i",
        ([a, b], count) => {
          chunks++;
          for (let row = 0; row < count; row++) {
            assert.equal(b![row], 2 * a![row]!);
            seen.push(a![row]!);
          }
        },
      );
      assert.deepEqual(seen, Array.from({ length: 5000 }, (_, i) => i));
      assert.ok(chunks > 1);
    } finally {
      database.close();
    }
  }));

Deno.test("a file is read whose name is a pattern, and it alone; nor does its folder's name give a column", () =>
  inFolder(async (folder) => {
    const database = await openDatabase({ folder, threads: 1 });
    try {
      const names = ["log1", "log[1]", "log*", "log?", "[!a]", "it's {odd},[*]**", "i=7/log"];
      await Deno.mkdir(`${folder}/i=7`);
      for (const [i, name] of names.entries()) {
        await database.run(`COPY (SELECT ${i} AS i) TO ${sqlText(`${folder}/${name}`)} (${PARQUET})`);
      }
      for (const [i, name] of names.entries()) {
        assert.deepEqual(
          await database.rows(`SELECT i FROM ${parquetRows(`${folder}/${name}`)}`),
          [[i]],
          name,
        );
      }
      const all = names.map((name) => `${folder}/${name}`);
      assert.deepEqual((await database.rows(`SELECT i FROM ${parquetRows(...all)}`)).flat(), [
        ...names.keys(),
      ]);
    } finally {
      database.close();
    }
  }));
