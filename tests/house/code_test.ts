/** What holds of all code of the library. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { filesIn, OUR_CODE, ROOT } from "./tree.ts";

Deno.test("what a file of the library exports, another file or a notebook imports", async () => {
  const files = OUR_CODE.flatMap((path) => [...filesIn(path, ".ts")]);
  const codes = await Promise.all(files.map((path) => Deno.readTextFile(new URL(path, ROOT))));
  const notebooks = await Promise.all(
    [...filesIn("notebooks", ".ipynb")].map((path) => Deno.readTextFile(new URL(path, ROOT))),
  );
  const used = new Set(
    [...codes, ...notebooks].flatMap((code) =>
      [...code.matchAll(/\b(?:import|export)\s*(?:type\s*)?\{([^}]*)\}\s*from\b/g)].flatMap(([, names]) =>
        names!.split(",").map((name) => name.trim().replace(/^type\s+/, "").split(" as ")[0]!)
      )
    ),
  );
  // All of a file is in use where it is imported or passed on as a whole, or named by its address.
  const whole = new Set(
    files.flatMap((path, i) =>
      [...codes[i]!.matchAll(/(?:\* (?:as \w+ )?from |\bimport\(\s*|\bnew URL\()"(\.[^"]+)"/g)].map((
        [, specifier],
      ) => new URL(specifier!, new URL(path, ROOT)).href.slice(ROOT.href.length))
    ),
  );
  let exports = 0;
  const unused = files.flatMap((path, i) => {
    if (!/^(lib|kernels)\//.test(path) || whole.has(path)) return [];
    const names = codes[i]!.matchAll(/^export (?:async )?(?:function\*?|const|class) (\w+)/gm);
    return [...names].flatMap(([, name]) => {
      exports++;
      return used.has(name!) ? [] : [`${path} exports ${name}`];
    });
  });
  assert.ok(exports > 800, `only ${exports} exports were found`);
  assert.deepEqual(unused, [], "nobody imports it: leave out the word export, or the function");
});

Deno.test("every paper has the same files", () => {
  const papers = [...Deno.readDirSync(new URL("lib/papers", ROOT))].filter(({ isDirectory }) => isDirectory);
  assert.ok(papers.length >= 3);
  for (const { name } of papers) {
    for (const file of ["experiment.ts", "presets.ts", "published.ts", "figures.ts", "mod.ts"]) {
      assert.ok(existsSync(new URL(`lib/papers/${name}/${file}`, ROOT)), `lib/papers/${name} has no ${file}`);
    }
  }
});

Deno.test("the library asks for no folder of its own, which a module from a URL does not have", async () => {
  for (const path of [...filesIn("mod.ts", ".ts"), ...filesIn("lib", ".ts")]) {
    const code = await Deno.readTextFile(new URL(path, ROOT));
    assert.doesNotMatch(code, /import\.meta\.(dirname|filename)/, path);
  }
});

Deno.test("the library prints nothing: who calls it decides what is said", async () => {
  for (const path of [...filesIn("mod.ts", ".ts"), ...filesIn("lib", ".ts")]) {
    // Programs: what they write is their answers.
    if (["lib/experiment/executors/worker.ts", "lib/questions/python/child.ts"].includes(path)) continue;
    const code = (await Deno.readTextFile(new URL(path, ROOT))).replaceAll(/^ *\*.*$/gm, "");
    assert.doesNotMatch(code, /\bconsole\.|\bDeno\.std(out|err)\b/, path);
  }
});

/** The code that a file has, or shows: all of it, what a page's fences hold, or a notebook's cells. */
async function shownCode(path: string): Promise<string> {
  const text = await Deno.readTextFile(new URL(path, ROOT));
  if (path.endsWith(".md")) return (text.match(/^```ts[^]*?^```/gm) ?? []).join("\n");
  if (!path.endsWith(".ipynb")) return text;
  const { cells } = JSON.parse(text) as { cells: { cell_type: string; source: string[] }[] };
  return cells.flatMap(({ cell_type, source }) => cell_type === "code" ? [...source, "\n"] : []).join("");
}

Deno.test("the array of a tensor is asked for by a function that knows its type, in examples, too", async () => {
  const found: string[] = [];
  const shown = [["README.md", ".md"], ["docs", ".md"], ["docs", ".ts"], ["notebooks", ".ipynb"]] as const;
  const files = [["lib", ".ts"] as const, ...shown].flatMap((
    [folder, ending],
  ) => [...filesIn(folder, ending)]);
  for (const path of files) {
    // There the arrays of tensors and those of the language meet.
    if (path.startsWith("lib/tensor/")) continue;
    const code = await shownCode(path);
    // Of bytes, what buffer they lie in may be said: `as Uint8Array<ArrayBuffer>`.
    for (
      const [cast] of code.matchAll(/.*\bas (?:unknown as )?(?:Big)?(?:Int|Uint|Float)\d+Array\b(?!<| &).*/g)
    ) {
      found.push(`${path}: ${cast.trim()}`);
    }
  }
  assert.deepEqual(found, [], "take floats, elements or arrayOf of lib/tensor/arrays.ts");
});
