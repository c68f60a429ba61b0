import assert from "node:assert/strict";
import { cellsOf, headerOf } from "../../../lib/ctr/logs/first_line.ts";
import { inFolder } from "../../in_folder.ts";

Deno.test("a line falls into cells as CSV has them, and a log by tabs has no marks", () => {
  for (
    const [line, cells] of [
      ["a,b", ["a", "b"]],
      [`a,"b ""x"", y",c`, ["a", `b "x", y`, "c"]],
      ["a,,", ["a", "", ""]],
      ["", [""]],
      [`a,"b`, ["a", `"b`]],
      [`"a"x,b`, [`"a"x`, "b"]],
    ] as const
  ) {
    assert.deepEqual(cellsOf(line, ","), cells);
  }
  assert.deepEqual(cellsOf(`"a\tb"\tc`, "\t"), [`"a`, `b"`, "c"]);
});

Deno.test("a header is read from a file that is there, and what ends in .gz is gzip", () =>
  inFolder(async (folder) => {
    await assert.rejects(headerOf(`${folder}/none.csv`), { name: "NotFoundError", message: /none\.csv/ });
    await assert.rejects(headerOf(`${folder}/none.csv.gz`), { name: "NotFoundError" });
    await Deno.writeTextFile(`${folder}/text.csv.gz`, "click,site,hour\n");
    await assert.rejects(
      headerOf(`${folder}/text.csv.gz`),
      { name: "SyntaxError", message: /text\.csv\.gz: its name ends in \.gz, but what is in it is no gzip/ },
    );
  }));
