/**
 * Every line of shell that the README, the page of the command line and its help show is run, as it is typed, in a
 * folder with the files it speaks of. `tests/house/doors_test.ts` runs the README's TypeScript.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { COMMANDS } from "../../lib/cli/commands/table.ts";
import { inFolder } from "../in_folder.ts";
import { serveCode } from "../serve_code.ts";
import { tagged } from "../tags.ts";
import { type Ended, espalier, fillFolder, output } from "./espalier.ts";

const ROOT = new URL("../../", import.meta.url);
const HERE = fileURLToPath(new URL("cli.ts", ROOT));

/** Where a line is run: the files it speaks of, and an address that serves the repository's code. */
interface Place {
  folder: string;
  address: string;
}

/** How each kind of line is run; it fails where its code is not 0. */
const RULES: readonly (readonly [RegExp, (words: string[], place: Place) => Promise<Ended> | undefined])[] = [
  // Notebooks take minutes, and a latency is another one each time: both have tests of their own.
  [/\bespalier notebooks\b|--latency/, () => undefined],
  [/^espalier /, ([, ...args], { folder }) => espalier(folder, ...args)],
  [
    /^deno run /,
    ([, ...args], { folder, address }) => {
      const meant = (word: string) => word === "cli.ts" ? HERE : word.replace("https://…", address);
      return output(Deno.execPath(), args.map(meant), folder);
    },
  ],
  [/^deno install /, ([, ...args], { folder, address }) =>
    output(
      Deno.execPath(),
      ["install", "--root", folder, ...args.slice(1).map((word) => word.replace("https://…", address))],
      folder,
    )],
  // The two tasks take the better part of an hour; that they are there, and start, is seen here.
  [
    /^npx -y deno@[\d.]+ task (reproduce|test)$/,
    (words) => output(Deno.execPath(), [...words.slice(3), "--help"], ROOT),
  ],
];

/** Lines of shell of a document. */
function linesIn(text: string): string[] {
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block!.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** All lines of documents and of the pages of help, each once. */
async function allLines(): Promise<string[]> {
  const documents = await Promise.all(
    ["README.md", "docs/command_line.md"].map((path) => Deno.readTextFile(new URL(path, ROOT))),
  );
  const pages = await Promise.all(Object.values(COMMANDS).map(({ load }) => load()));
  const shown = pages.map(({ examples }) => Object.keys(examples).map((line) => `espalier ${line}`));
  const counts = [...documents.map(linesIn), ...shown].map(({ length }) => length);
  assert.ok(Math.min(...counts) >= 1, `a page shows nothing to type: ${counts}`);
  return [...new Set([...documents.flatMap(linesIn), ...shown.flat()])];
}

Deno.test(
  tagged(
    "every line of shell that the README, the page and help of the command line show can be typed",
    "slow",
  ),
  async () => {
    const lines = await allLines();
    assert.ok(lines.length > 20);
    const server = serveCode();
    try {
      await inFolder(async (folder) => {
        await fillFolder(folder);
        const place = { folder, address: `http://127.0.0.1:${server.addr.port}` };
        for (const line of lines) {
          const rule = RULES.find(([form]) => form.test(line));
          assert.ok(rule, `nobody runs the line "${line}"`);
          const ended = await rule[1](line.split(" "), place);
          if (ended) assert.equal(ended.code, 0, `${line}\n${ended.out}${ended.err}`);
        }
      });
    } finally {
      await server.shutdown();
    }
  },
);

Deno.test("the README shows code of two kinds: shell, and the lines that the house's test runs", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const kinds = [...readme.matchAll(/^```(\S[^\n]*)$/gm)].map(([, kind]) => kind);
  assert.deepEqual(kinds.filter((kind) => kind !== "sh"), ["ts ignore"]);
});
