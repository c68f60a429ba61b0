import assert from "node:assert/strict";
import { readJsonFile, writeJsonFile } from "../../lib/files/json_file.ts";
import { fields, text } from "../../lib/files/schema.ts";
import { inFolder } from "../in_folder.ts";

const NAMED = fields({ name: text });

Deno.test("a record is read as it was written; where there is no file, there is nothing", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.json`;
    assert.equal(await readJsonFile(path), undefined);
    await writeJsonFile(path, { name: "größer", list: [1, null] });
    assert.deepEqual(await readJsonFile(path, NAMED), { name: "größer", list: [1, null] });
    await writeJsonFile(path, { name: "other" });
    assert.deepEqual(await readJsonFile(path), { name: "other" });
  }));

Deno.test("a file that is damaged, or is another record, is named with the way out", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.json`;
    await writeJsonFile(path, { name: "a" });
    const sealed = await Deno.readTextFile(path);
    const way = `; name another place, or delete the file`;
    for (
      const [written, why] of [["{", /JSON/], [sealed.replace('"a"', '"b"'), /checksum|CRC|damaged/i], [
        '{"title": "a"}',
        /name/,
      ]] as const
    ) {
      await Deno.writeTextFile(path, written);
      await assert.rejects(readJsonFile(path, NAMED), (error: Error) => {
        assert.ok(
          error instanceof SyntaxError && error.message.startsWith(`Cannot read ${path}: `),
          error.message,
        );
        assert.ok(error.message.endsWith(way) && why.test(error.message), error.message);
        return true;
      });
    }
  }));
