import assert from "node:assert/strict";
import { openBytes } from "../../lib/formats/open_bytes.ts";
import { openGguf } from "../../lib/formats/gguf/open_gguf.ts";
import { openSafetensors } from "../../lib/formats/open_safetensors.ts";
import { inFolder } from "../in_folder.ts";
import { inPage } from "../in_page.ts";

const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);

Deno.test("parts of a file and of bytes are the same, at once or not, and in memory of their own", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a b.bin`;
    await Deno.writeFile(path, bytes);
    for (const source of [path, new URL(`file://${path}`), bytes, bytes.buffer]) {
      const { size, read, readSync } = await openBytes(source);
      assert.equal(size, 100);
      const parts = await Promise.all([read(90, 10), read(3, 2), read(100, 0)]);
      assert.deepEqual(parts, [bytes.slice(90), Uint8Array.of(3, 4), new Uint8Array()]);
      const own = readSync(3, 2);
      assert.deepEqual(own, Uint8Array.of(3, 4));
      own.fill(0);
    }
    assert.equal(bytes[3], 3);
  }));

Deno.test("a file that became shorter, and one that is not there, are errors with their name", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.bin`;
    await Deno.writeFile(path, bytes);
    const { read, readSync } = await openBytes(path);
    await Deno.truncate(path, 95);
    const message = `Cannot read ${path}: expected 5 bytes more, found the end; did it change?, at byte 95`;
    await assert.rejects(read(90, 10), { name: "SyntaxError", message });
    assert.throws(() => readSync(90, 10), { name: "SyntaxError", message });
    await assert.rejects(openBytes(`${folder}/none.bin`), /none\.bin: there is no such file/);
    await assert.rejects(openBytes(folder), /it is a folder; name a file in it|is no regular file/);
  }));

Deno.test("in a page, files are opened from bytes, and paths are told so", async () => {
  const { size } = await inPage(() => openBytes(bytes));
  assert.equal(size, 100);
  for (const source of ["a.gguf", "file:///a.gguf", new URL("file:///a.gguf")]) {
    for (const open of [openBytes, openSafetensors, openGguf]) {
      await assert.rejects(inPage<unknown>(() => open(source)), {
        name: "Error",
        message:
          `Cannot read ${source}: only Deno has a disk to it; in a page, give the file's bytes, or an ` +
          "address: https:, blob:, data:",
      });
    }
  }
});
