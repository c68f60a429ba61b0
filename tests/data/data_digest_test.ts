import assert from "node:assert/strict";
import { dataDigest, hasData } from "../../lib/data/data_digest.ts";

Deno.test("a digest follows names and contents of all files of a data set, and nothing else", async () => {
  const folder = await Deno.makeTempDir();
  const [data, cache] = [Deno.env.get("ESPALIER_DATA"), Deno.env.get("XDG_CACHE_HOME")];
  try {
    Deno.env.set("ESPALIER_DATA", folder);
    Deno.env.set("XDG_CACHE_HOME", `${folder}/cache`);
    const make = async (name: string, files: Record<string, string>) => {
      await Deno.mkdir(`${folder}/${name}/sub`, { recursive: true });
      for (const [file, text] of Object.entries(files)) {
        await Deno.writeTextFile(`${folder}/${name}/${file}`, text);
      }
      return await dataDigest(name);
    };
    const first = await make("a", { "x.bin": "1", "sub/y.bin": "2" });
    assert.match(first, /^[0-9a-f]{64}$/);
    assert.equal(await make("b", { "sub/y.bin": "2", "x.bin": "1", ".hidden": "" }), first);
    await Deno.mkdir(`${folder}/g`);
    await Deno.symlink(`${folder}/nowhere`, `${folder}/g/link`);
    assert.equal(await make("g", { "x.bin": "1", "sub/y.bin": "2" }), first);
    const others = [
      await make("c", { "x.bin": "1", "sub/y.bin": "3" }),
      await make("d", { "x.bin": "1", "sub/z.bin": "2" }),
      await make("e", { "x.bin": "1" }),
      await make("f", { "x.bin": "12", "sub/y.bin": "" }),
      await dataDigest("a/x.bin"),
    ];
    assert.equal(new Set([first, ...others]).size, 6);
    assert.deepEqual([hasData("a"), hasData("a/sub"), hasData("nothing")], [
      true,
      true,
      false,
    ]);
    await assert.rejects(
      dataDigest("nothing"),
      /^NotFoundError: Cannot find the data nothing: looked in .*nothing and /,
    );
  } finally {
    restore("ESPALIER_DATA", data);
    restore("XDG_CACHE_HOME", cache);
    await Deno.remove(folder, { recursive: true });
  }
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) Deno.env.delete(name);
  else Deno.env.set(name, value);
}
