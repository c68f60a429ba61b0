import assert from "node:assert/strict";
import { replaceFile, replaceFileBy, replaceFiles, requireWritable } from "../../lib/files/replace_files.ts";
import { inFolder } from "../in_folder.ts";

const names = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();

Deno.test("many writers of one file: who reads finds a whole one at any time", () =>
  inFolder(async (folder) => {
    const path = `${folder}/file`;
    const content = (writer: number) => new Uint8Array(300_000).fill(writer);
    await replaceFile(path, content(0));
    let writing = true;
    const writers = [1, 2, 3, 4].map(async (writer) => {
      for (let round = 0; round < 15; round++) await replaceFile(path, content(writer));
    });
    const over = Promise.all(writers).then(() => writing = false);
    let read = 0;
    for (; writing; read++) {
      const bytes = await Deno.readFile(path);
      assert.equal(bytes.length, 300_000);
      assert.ok(bytes.every((byte) => byte === bytes[0]));
    }
    await over;
    assert.ok(read > 5, `only ${read} readings`);
    assert.deepEqual(await names(folder), ["file"]);
  }));

Deno.test(
  "a link stays a link, and a file keeps its mode",
  { ignore: Deno.build.os === "windows" },
  () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/real`, "old");
      await Deno.chmod(`${folder}/real`, 0o640);
      await Deno.symlink("real", `${folder}/link`);
      await replaceFile(`${folder}/link`, "new");
      assert.ok((await Deno.lstat(`${folder}/link`)).isSymlink);
      assert.equal(await Deno.readTextFile(`${folder}/real`), "new");
      assert.equal((await Deno.stat(`${folder}/real`)).mode! & 0o777, 0o640);
    }),
);

Deno.test("what cannot be written leaves the old file, no other, and a sentence", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/first`, "old");
    await Deno.mkdir(`${folder}/folder`);
    const parts = [new TextEncoder().encode("new")];
    await assert.rejects(replaceFiles([[`${folder}/first`, parts], [`${folder}/no/file`, parts]], "model"), {
      message: /^Cannot save the model .*no\/file: .*; name a file in a folder that can be written to$/,
    });
    assert.deepEqual(await names(folder), ["first", "folder"]);
    assert.equal(await Deno.readTextFile(`${folder}/first`), "old");
  }));

Deno.test("a file that another library writes is whole under its name, or the old one, with no leftovers", () =>
  inFolder(async (folder) => {
    const path = `${folder}/file`;
    await Deno.writeTextFile(path, "old");
    const half = replaceFileBy(path, async (part) => {
      await Deno.writeTextFile(part, "ne");
      assert.equal(await Deno.readTextFile(path), "old");
      throw new TypeError("no more");
    });
    await assert.rejects(half, { name: "TypeError", message: "no more" });
    assert.deepEqual([await Deno.readTextFile(path), await names(folder)], ["old", ["file"]]);
    await replaceFileBy(path, (part) => Deno.writeTextFile(part, "new"));
    assert.deepEqual([await Deno.readTextFile(path), await names(folder)], ["new", ["file"]]);
    await assert.rejects(replaceFileBy(`${folder}/no/file`, () => Promise.resolve()), {
      message: /^Cannot write .*no\/file: .*; name a file in a folder that can be written to$/,
    });
  }));

Deno.test(
  "a folder, a pipe or a device is not written over, by whoever writes",
  { ignore: Deno.build.os === "windows" },
  () =>
    inFolder(async (folder) => {
      await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
      await Deno.mkdir(`${folder}/folder`);
      const writers = [
        (path: string) => replaceFile(path, "new"),
        (path: string) => replaceFileBy(path, (part) => Deno.writeTextFile(part, "new")),
        (path: string) => requireWritable(path),
        (path: string) => replaceFiles([[`${folder}/other`, []], [path, []]]),
      ];
      for (const write of writers) {
        await assert.rejects(
          write(`${folder}/pipe`),
          /^Error: Cannot write .*pipe: it is a device; name a file$/,
        );
        await assert.rejects(
          write(`${folder}/folder`),
          /^Error: Cannot write .*: it is a folder; name a file$/,
        );
      }
      assert.deepEqual(await names(folder), ["folder", "pipe"]);
      assert.ok((await Deno.stat(`${folder}/pipe`)).isFifo);
    }),
);
