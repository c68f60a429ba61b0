import assert from "node:assert/strict";
import { readNotebook } from "../../kernels/jupyter/runner/notebook.ts";
import { readRunLog } from "../../lib/experiment/run_log.ts";
import { appendJsonLine } from "../../lib/files/json_lines.ts";
import { readJsonFile, writeJsonFile } from "../../lib/files/json_file.ts";
import {
  anything,
  boolean,
  count,
  dictionary,
  either,
  fields,
  list,
  number,
  oneOf,
  scalar,
  text,
} from "../../lib/files/schema.ts";
import { inFolder } from "../in_folder.ts";

const ROW = fields({ name: text, sizes: list(count), of: dictionary(number) }, { kind: oneOf("a", "b") });

Deno.test("a shape names the place that is not as it should be", () => {
  const right = { name: "n", sizes: [1, 2], of: { x: 0.5 }, kind: "a" };
  assert.equal(ROW(right), undefined);
  const wrong: [unknown, RegExp][] = [
    [null, /^it should be an object, found null$/],
    [[], /^it should be an object, found a list$/],
    [{ ...right, name: undefined }, /^name is missing$/],
    [{ ...right, name: 7 }, /^name should be a text, found 7$/],
    [{ ...right, sizes: [1, -1] }, /^sizes\[1\] should be a whole number from 0, found -1$/],
    [{ ...right, sizes: {} }, /^sizes should be a list, found object$/],
    [{ ...right, of: { "a b": null } }, /^of\["a b"\] should be a number, found null$/],
    [{ ...right, of: JSON.parse('{"__proto__": "x"}') }, /^of\.__proto__ should be a number, found string$/],
    [{ ...right, kind: "c" }, /^kind should be one of a, b, found string$/],
    [Object.create(right), /^name is missing$/],
  ];
  for (const [value, message] of wrong) assert.match(ROW(value) ?? "nothing", message);
  assert.equal(either(list(text), text)("x"), undefined);
  assert.equal(either(list(text), text)(7), "it should be a text, found 7");
  assert.equal(anything(null), undefined);
  assert.equal(boolean(false), undefined);
  assert.equal(boolean(0), "it should be true or false, found 0");
  const even = scalar("an even number", (value) => Number(value) % 2 === 0);
  assert.deepEqual([even(2), even(3, "x")], [undefined, "x should be an even number, found 3"]);
});

Deno.test("files are checked as they are read: notebooks, notes of runs, records", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.ipynb`;
    const cell = { cell_type: "code", source: ["1"], metadata: {}, outputs: [] };
    const notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] };
    await Deno.writeTextFile(path, JSON.stringify(notebook));
    assert.equal((await readNotebook(path)).cells.length, 1);
    for (
      const [broken, message] of [
        [{ ...cell, source: 5 }, /cells\[0\]\.source should be a text, found 5/],
        [{ ...cell, metadata: { tags: "x" } }, /cells\[0\]\.metadata\.tags should be a list/],
        [null, /cells\[0\] should be an object, found null/],
      ] as const
    ) {
      await Deno.writeTextFile(path, JSON.stringify({ ...notebook, cells: [broken] }));
      await assert.rejects(readNotebook(path), { name: "SyntaxError", message });
    }
    const note = { title: "t", fromStore: 1, computed: 2, failures: [] };
    await appendJsonLine(`${folder}/log`, note);
    await Deno.writeTextFile(`${folder}/log`, "null\n{half", { append: true });
    await appendJsonLine(`${folder}/log`, note);
    assert.equal((await readRunLog(`${folder}/log`)).length, 2);
    await writeJsonFile(`${folder}/r.json`, { a: 1 });
    assert.deepEqual(await readJsonFile(`${folder}/r.json`, fields({ a: count })), { a: 1 });
    await assert.rejects(readJsonFile(`${folder}/r.json`, fields({ b: count })), {
      message: /^Cannot read .*r\.json: b is missing; name another place, or delete the file$/,
    });
  }));
