import assert from "node:assert/strict";
import { resultsFolder } from "../../kernels/jupyter/mod.ts";
import { inFolder } from "../in_folder.ts";

Deno.test("a notebook's files lie where reproduce writes, in a folder of its own", async () => {
  await inFolder(async (results) => {
    const before = Deno.env.get("ESPALIER_RESULTS");
    Deno.env.set("ESPALIER_RESULTS", results);
    try {
      const folder = await resultsFolder("00_tour");
      assert.equal(folder, `${results}/files/00_tour`);
      assert.ok((await Deno.stat(folder)).isDirectory);
      assert.equal(await resultsFolder("00_tour"), folder);
    } finally {
      if (before === undefined) Deno.env.delete("ESPALIER_RESULTS");
      else Deno.env.set("ESPALIER_RESULTS", before);
    }
  });
});
