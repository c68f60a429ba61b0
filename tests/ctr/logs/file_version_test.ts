import assert from "node:assert/strict";
import { versionOf } from "../../../lib/ctr/logs/file_version.ts";
import { inFolder } from "../../in_folder.ts";

Deno.test("a file that is written again is another version, and none is an error that says so", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log.csv`;
    await Deno.writeTextFile(path, "1,a");
    const first = await versionOf(path);
    assert.deepEqual(await versionOf(path), first);
    await Deno.writeTextFile(path, "1,b");
    await Deno.utime(path, 1, 2);
    assert.deepEqual(await versionOf(path), { path, size: 3, mtimeMs: 2000 });
    assert.notDeepEqual(first, await versionOf(path));
    await assert.rejects(versionOf(`${folder}/none`), { name: "NotFoundError" });
  }));
