import assert from "node:assert/strict";
import { readFile, readText, requireRegular, whyUnreadable } from "../../lib/files/read_file.ts";
import { inFolder } from "../in_folder.ts";
import { underLimits } from "../limits.ts";

Deno.test("files are read by path and address, as bytes and as text", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "größer");
    for (const path of [`${folder}/a`, new URL(`file://${folder}/a`)]) {
      assert.equal(await readText(path), "größer");
      assert.deepEqual(await readFile(path), new TextEncoder().encode("größer"));
    }
    await assert.rejects(readFile(`${folder}/none`), Deno.errors.NotFound);
  }));

Deno.test("what is larger than is read whole is refused, and may be read piece by piece", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a`;
    await Deno.writeFile(path, new Uint8Array(11));
    await underLimits({ sourceBytes: 10 }, async () => {
      const why =
        "it has 11 bytes, more than the 10 that are read whole; if it is meant, say setLimits({ sourceBytes: … })";
      assert.equal(await whyUnreadable(path), why);
      for (const read of [readFile, readText]) {
        await assert.rejects(read(path), { name: "RangeError", message: `Cannot read ${path}: ${why}` });
      }
      await requireRegular(path);
      assert.equal(await whyUnreadable(folder, Infinity), undefined, "the system says what a folder is");
    });
    assert.equal((await readFile(path)).length, 11);
  }));

Deno.test("a device has no end", { ignore: Deno.build.os === "windows" }, async () => {
  await assert.rejects(requireRegular("/dev/zero"), {
    name: "RangeError",
    message: "Cannot read /dev/zero: it is a pipe or a device; name a regular file",
  });
});
