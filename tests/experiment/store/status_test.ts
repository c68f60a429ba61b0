import assert from "node:assert/strict";
import { run } from "../../../lib/experiment/mod.ts";
import { storeStatus } from "../../../lib/experiment/store/status.ts";
import { inFolder } from "../../in_folder.ts";
import { square, squares } from "../toy.ts";
import { unit } from "../../../lib/experiment/unit.ts";

Deno.test("a store is told kind by kind: what is done, what failed, what is damaged, and its bytes", () =>
  inFolder(async (folder) => {
    const store = `${folder}/store`;
    const none = await storeStatus(store);
    assert.deepEqual([none.kinds, none.underWay, none.bytes], [[], 0, 0]);
    await run({ units: [...squares(2), unit(square, { value: 9, fails: "broke" })], store, workers: 1 });
    const { kinds, failures, underWay, damaged, bytes } = await storeStatus(store);
    assert.deepEqual(kinds.map(({ kind, done, failed }) => [kind, done, failed]), [["toy/square", 2, 1]]);
    assert.deepEqual(failures.map(({ error }) => /broke/.test(error)), [true]);
    assert.deepEqual([underWay, damaged], [0, []]);
    let sum = 0;
    const add = (path: string): void => {
      for (const { name, isFile } of Deno.readDirSync(path)) {
        if (isFile) sum += Deno.statSync(`${path}/${name}`).size;
        else add(`${path}/${name}`);
      }
    };
    add(store);
    assert.equal(bytes, sum);
  }));
