/** Every line that help and documents show is run, as it is typed, in a folder with the files it speaks of. */
import assert from "node:assert/strict";
import { COMMANDS } from "../../lib/cli/commands/table.ts";
import { inFolder } from "../in_folder.ts";
import { tagged } from "../tags.ts";
import { espalier, fillFolder } from "./espalier.ts";

/** Notebooks take minutes, and a latency is another one each time: both have tests of their own. */
const isLeftOut = (line: string) => /\bnotebooks\b|--latency/.test(line);

/** Lines of shell in a document that begin with the program's name. */
function linesIn(text: string): string[] {
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block!.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line.startsWith("espalier "));
}

/** All lines of documents and of the pages of help, each once. */
async function allLines(): Promise<string[]> {
  const documents = await Promise.all(
    ["README.md", "docs/command_line.md"].map((path) =>
      Deno.readTextFile(new URL(`../../${path}`, import.meta.url))
    ),
  );
  const pages = await Promise.all(Object.values(COMMANDS).map(({ load }) => load()));
  const shown = pages.map(({ examples }) => Object.keys(examples).map((line) => `espalier ${line}`));
  const counts = [...documents.map(linesIn), ...shown].map(({ length }) => length);
  assert.ok(Math.min(...counts) >= 1, `a page shows nothing to type: ${counts}`);
  return [...new Set([...documents.flatMap(linesIn), ...shown.flat()])];
}

Deno.test(tagged("what documents and help show of the command line can be typed", "slow"), async () => {
  const lines = (await allLines()).filter((line) => !isLeftOut(line));
  assert.ok(lines.length > 15);
  await inFolder(async (folder) => {
    await fillFolder(folder);
    for (const line of lines) {
      const { code, out, err } = await espalier(folder, ...line.split(" ").slice(1));
      assert.equal(code, 0, `${line}\n${out}${err}`);
      assert.ok(out.length > 20, line);
    }
  });
});
