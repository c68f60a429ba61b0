import assert from "node:assert/strict";
import { avazu, clickCsv, criteo, kdd12 } from "../../../lib/ctr/logs/log_format.ts";
import { readLog } from "../../../lib/ctr/logs/read_log.ts";
import { openDatabase } from "../../../lib/ctr/logs/database.ts";
import { inFolder } from "../../in_folder.ts";
import { prepareText } from "./own_log.ts";

Deno.test("a format of one's own has each column once, and its label is no field", () => {
  const columns = ["click", "site", "hour"];
  for (
    const [options, expected] of [
      [{ columns, fields: ["site", "click"] }, /label "click" is among its fields/],
      [{ columns, fields: ["site", "site"] }, /fields name "site" twice/],
      [{ columns: ["click", "a", "a"] }, /columns name "a" twice/],
    ] as const
  ) {
    assert.throws(() => clickCsv({ ...options, label: "click" }), (error: Error) => {
      assert.match(error.message, expected);
      return error instanceof RangeError;
    });
  }
});

Deno.test("Criteo's counts go into their buckets, Avazu's hour into three fields, and KDD12 loses its leak", () =>
  inFolder(async (folder) => {
    const values = [-2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 50, 100, 1000, 1000000, ""];
    const buckets = [
      "-2",
      "0",
      "1",
      "2",
      "1",
      "1",
      "2",
      "3",
      "3",
      "4",
      "4",
      "6",
      "15",
      "21",
      "47",
      "190",
      "nan",
    ];
    const rows = values.map((value) => ["0", value, ...Array.from({ length: 38 }, () => "")].join("\t"));
    await Deno.writeTextFile(`${folder}/values`, rows.join("\n"));
    const database = await openDatabase({ folder });
    const { columns, fields } = criteo();
    const names = columns.map((name) => `'${name}': 'VARCHAR'`).join(", ");
    const table =
      `read_csv('${folder}/values', auto_detect=false, delim='\t', header=false, columns={${names}})`;
    const found = await database.rows(`SELECT ${fields[0]!.value}, ${fields[13]!.value} FROM ${table}`);
    assert.deepEqual(found, buckets.map((bucket) => [bucket, ""]));
    const hour = avazu().fields.filter(({ name }) => ["hour", "weekday", "is_weekend"].includes(name));
    for (
      const [text, ...expected] of [["14102100", "0", "2", "0"], ["14102523", "23", "6", "1"], [
        "14102607",
        "7",
        "0",
        "1",
      ]]
    ) {
      const [row] = await database.rows(
        `SELECT ${hour.map(({ value }) => value)} FROM (SELECT '${text}' AS hour)`,
      );
      assert.deepEqual(row, expected);
    }
    database.close();
    assert.deepEqual(avazu().fields.map(({ name }) => name).slice(-3), ["C21", "weekday", "is_weekend"]);
    assert.equal(avazu().fields.length, 24);
    assert.equal(criteo().fields.length, 39);
    assert.equal(kdd12().fields.length, 10);
    assert.equal(kdd12({ impression: true }).fields[0]!.name, "Impression");
    const clicks = Array.from(
      { length: 40 },
      (_, i) => [i % 3, 5, i % 4, ...Array.from({ length: 9 }, () => 1)].join("\t"),
    );
    const log = await prepareText(clicks.join("\n"), folder, { name: "training.txt", format: kdd12() });
    const { train } = await readLog(log);
    assert.ok(train.labels.every((label) => label <= 1) && train.labels.includes(1));
  }));
