/** The pages: where their links land, and that what they quote is there. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { filesIn, ROOT } from "./tree.ts";

/** Text of a document outside of code. */
const prose = (text: string) => text.replaceAll(/^```[\s\S]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "");

/** The anchors that headings make, as GitHub writes them. */
const anchors = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );

/** The prose of a notebook. */
async function proseOf(notebook: URL): Promise<string> {
  const { cells } = JSON.parse(await Deno.readTextFile(notebook));
  return cells.filter(({ cell_type }: { cell_type: string }) => cell_type === "markdown")
    .map(({ source }: { source: string | string[] }) => [source].flat().join("")).join("\n\n");
}

Deno.test("every link in the documents lands", async () => {
  // Of notebooks too: on a forge they lie where they are, and in the lab it serves the repository's root.
  const documents = [
    ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md"],
    ...filesIn("docs", ".md"),
    ...filesIn("notebooks", ".ipynb"),
  ];
  let links = 0;
  for (const path of documents) {
    const file = new URL(path, ROOT);
    const text = path.endsWith(".ipynb") ? await proseOf(file) : await Deno.readTextFile(file);
    for (const [, target] of prose(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      links++;
      if (/^https?:/.test(target!)) continue;
      const url = new URL(target!, file);
      const anchor = url.hash.slice(1);
      url.hash = "";
      assert.ok(
        url.href.startsWith(ROOT.href) && existsSync(url),
        `${path} links to ${target}, which is not there`,
      );
      if (anchor) {
        const there = anchors(await Deno.readTextFile(url));
        assert.ok(
          there.includes(anchor),
          `${path} links to ${target}, but the headings are ${there.join(", ")}`,
        );
      }
    }
  }
  assert.ok(links > 10, `only ${links} links were found`);
});

Deno.test("README leads to every page", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  for (const page of filesIn("docs", ".md")) {
    assert.ok(readme.includes(`](${page})`), `README links nowhere to ${page}`);
  }
});

/** Files and folders that documents name in backticks. */
const NAMED = /`((?:lib|kernels|tasks|tests|docs|notebooks)\/[\w./-]+|mod\.ts|cli\.ts)`/g;

Deno.test("every file the documents name exists, and what they quote from a file is there", async () => {
  for (const path of ["README.md", "CHANGELOG.md", ...filesIn("docs", ".md")]) {
    const text = await Deno.readTextFile(new URL(path, ROOT));
    for (const [, name] of text.matchAll(NAMED)) {
      assert.ok(existsSync(new URL(name!, ROOT)), `${path} speaks of ${name}, which is not there`);
    }
    // A block that begins with `// from path` quotes that file: line by line, but for the indent.
    for (const [, source, quote] of text.matchAll(/^ *```ts ignore\n *\/\/ from (\S+)\n([\s\S]*?)^ *```/gm)) {
      const code = await Deno.readTextFile(new URL(source!, ROOT));
      const lines = new Set(code.split("\n").map((line) => line.trim()));
      for (const line of quote!.split("\n").map((line) => line.trim())) {
        if (line && line !== "…") {
          assert.ok(lines.has(line), `${path} quotes from ${source} what is not there: ${line}`);
        }
      }
    }
  }
});

Deno.test("what examples import is there, also in those that are not run", async () => {
  let names = 0;
  for (const path of ["README.md", ...filesIn("docs", ".md")]) {
    const text = await Deno.readTextFile(new URL(path, ROOT));
    for (
      const [, imported, from] of text.matchAll(
        /^ *import \{([^}]+)\} from "[^"]*?\/((?:lib|kernels)\/[\w/]+\.ts|mod\.ts)"/gm,
      )
    ) {
      const code = await Deno.readTextFile(new URL(from!, ROOT));
      const lists = [...code.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list]) =>
        list!.split(",")
      );
      const declared = [
        ...code.matchAll(
          /^export (?:async )?(?:abstract )?(?:function\*?|const|class|interface|type) (\w+)/gm,
        ),
      ];
      const exported = new Set([
        ...lists.map((name) => name.trim().split(/\s+/).at(-1)!),
        ...declared.map(([, name]) => name!),
      ]);
      for (
        const name of imported!.split(",").map((name) => name.trim().replace(/^type /, "")).filter(Boolean)
      ) {
        names++;
        assert.ok(exported.has(name), `${path} imports ${name} from ${from}, which does not export it`);
      }
    }
  }
  assert.ok(names > 100, `only ${names} names were found`);
});

Deno.test("the verbs of a meta graph's rows are called as the page calls them", async () => {
  const page = await Deno.readTextFile(new URL("docs/meta_graphs.md", ROOT));
  const table = page.slice(page.indexOf("| verb ")).split("\n\n")[0]!;
  const verbs = [...table.matchAll(/^\| `(?:\w+\.)?(\w+)`/gm)].map(([, verb]) => verb!);
  assert.ok(verbs.length > 3, `only ${verbs.length} verbs were found`);
  const files = filesIn("lib/metagraph", ".ts").map((path) => Deno.readTextFile(new URL(path, ROOT)));
  const code = (await Promise.all(files)).join("\n");
  for (const verb of verbs) {
    const declared = new RegExp(`^(?:export function |  )${verb}\\(`, "m");
    assert.match(
      code,
      declared,
      `docs/meta_graphs.md tells of ${verb}, which lib/metagraph does not declare`,
    );
  }
});

/** Variables that are the system's, Deno's or Slurm's own, and no settings of ours. */
const NOT_OURS = ["PATH", "INIT_CWD", "SLURM_ARRAY_JOB_ID"];

/** Names of environment variables that code asks for: by a literal, by a constant, or as a field of `env`. */
function variablesIn(code: string, constants: ReadonlyMap<string, string>): string[] {
  const asked = [...code.matchAll(/\benv(?:\.(?:get|has)\(|\[|\.(?=[A-Z]))\s*("?)(\w+)\1/gi)];
  return asked.flatMap(([, quote, name]) =>
    quote ? [name!] : constants.get(name!) ?? (/^[A-Z_]+$/.test(name!) ? [name!] : [])
  );
}

Deno.test("the page's tables of environment variables have all that the code asks for, and no other", async () => {
  const read = async (path: string) => [path, await Deno.readTextFile(new URL(path, ROOT))] as const;
  const files = await Promise.all(
    ["cli.ts", "lib", "kernels", "tasks", "tests"].flatMap((path) => [...filesIn(path, ".ts")]).map(read),
  );
  const constants = new Map(
    files.flatMap(([, code]) => [...code.matchAll(/\bconst (\w+)(?:: string)? = "([A-Z][A-Z0-9_]+)";/g)])
      .map(([, name, value]) => [name!, value!]),
  );
  const asked = new Set<string>();
  for (const [path, code] of files) {
    for (const name of variablesIn(code, constants)) {
      // Tests put what they set back, and make up variables to see that a program is not given them.
      if (!path.startsWith("tests/") || /^(ESPALIER_(?!SECRET|TEST)|CHROMIUM_)/.test(name)) asked.add(name);
    }
  }
  const page = await Deno.readTextFile(new URL("docs/experiments.md", ROOT));
  const section = page.slice(
    page.indexOf("\n## Places and settings\n"),
    page.indexOf("\n## Data of your own\n"),
  );
  const told = [...section.matchAll(/^\| (`.*?`) +\|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`(\w+)(?:=\w+)?`/g)].map(([, name]) => name!)
  );
  assert.ok(told.length > 20, `only ${told.length} variables were found`);
  assert.deepEqual(
    [...new Set(told)].toSorted(),
    [...asked].filter((name) => !NOT_OURS.includes(name)).toSorted(),
  );
});
