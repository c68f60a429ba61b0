import { deepEqual } from "node:assert/strict";
import { appendJsonLine, readJsonLines } from "../../lib/files/json_lines.ts";
import { caseFile } from "../data.ts";
import { inFolder } from "../in_folder.ts";

Deno.test("records are read back, past lines that were cut off and lines that hold no object", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/rows.jsonl`;
    deepEqual(await readJsonLines(path), []);
    await appendJsonLine(path, { a: 1 });
    await Deno.writeTextFile(path, 'null\n3\n"rows"\n{"a": 2', { append: true });
    await appendJsonLine(path, { a: 3 });
    deepEqual(await readJsonLines(path), [{ a: 1 }, { a: 3 }]);
  });
});

const rows = caseFile("faults/rows_null.jsonl");
Deno.test("rows_null.jsonl: a line `null` is no record", { ignore: !rows }, async () => {
  deepEqual(await readJsonLines(rows!), []);
});
