/** Documentation of the code: it stands alone in a hover. */
import assert from "node:assert/strict";
import { doors, filesIn, ROOT } from "./tree.ts";

Deno.test("comments are as wide as code", async () => {
  for (
    const path of ["mod.ts", "cli.ts", "lib", "kernels", "tasks"].flatMap((path) => [...filesIn(path, ".ts")])
  ) {
    const lines = (await Deno.readTextFile(new URL(path, ROOT))).split("\n");
    const wide = lines.findIndex((line) =>
      line.length > 110 && /^ *(\/\/|\/?\*)/.test(line) && !/https?:/.test(line)
    );
    assert.ok(wide < 0, `${path}, line ${wide + 1}: a comment of more than 110 characters`);
  }
});

/** Openings whose subject is elsewhere: a hover shows one doc by itself. */
const OPENINGS =
  /^\/\*\*[\s*]*(Of |The same\b|The others?\b|Its? |They |What (?:it|they) |Their |That |This |These |Those |As above|Like the one before|Default:? )/;

Deno.test("documentation stands alone in a hover, and what it links to is declared", async () => {
  const files = ["mod.ts", "cli.ts", "lib", "kernels"].flatMap((path) => [...filesIn(path, ".ts")]);
  const codes = await Promise.all(files.map((path) => Deno.readTextFile(new URL(path, ROOT))));
  const declarations =
    /\b(?:function\*?|class|interface|type|const|let)\s+([\w$]+)|\bas\s+([\w$]+)(?=\s*[,}])/g;
  const declared = new Set(
    codes.flatMap((code) => [...code.matchAll(declarations)].map(([, name, alias]) => name ?? alias)),
  );
  let links = 0;
  const wrong = files.flatMap((path, i) =>
    [...codes[i]!.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(({ 0: doc, index }) => {
      const place = `${path}, line ${codes[i]!.slice(0, index).split("\n").length}`;
      const opening = doc.match(OPENINGS)?.[1];
      const targets = [...doc.matchAll(/\{@linkcode\s+(?:\*\s+)?([\w$]+)/g)].map(([, target]) => target!);
      links += targets.length;
      return [
        ...opening ? [`${place}: opens with "${opening.trim()}"; name its subject`] : [],
        ...targets.filter((target) => !declared.has(target)).map((target) =>
          `${place}: links to ${target}, which no file declares`
        ),
      ];
    })
  );
  assert.ok(links > 100, `only ${links} links were found`);
  assert.deepEqual(wrong, []);
});

Deno.test("each field of an exported interface has a doc of its own", async () => {
  let fields = 0;
  const bare: string[] = [];
  for (const path of ["lib", "kernels"].flatMap((path) => [...filesIn(path, ".ts")])) {
    const code = await Deno.readTextFile(new URL(path, ROOT));
    for (const [, name, body] of code.matchAll(/^export interface (\w+)[^\n]*\{\n([\s\S]*?)^\}/gm)) {
      const lines = body!.split("\n");
      lines.forEach((line, i) => {
        const field = line.match(/^ {2}(?:readonly )?([\w$]+)\??[:(<]/)?.[1];
        if (field === undefined) return;
        fields++;
        if (!lines[i - 1]?.endsWith("*/")) bare.push(`${path}: ${name}.${field}`);
      });
    }
  }
  assert.ok(fields > 1000, `only ${fields} fields were found`);
  assert.deepEqual(bare, []);
});

Deno.test("each door begins with what is behind it, and an example", async () => {
  for (const door of await doors()) {
    const text = await Deno.readTextFile(new URL(door, ROOT));
    const [, about = ""] = text.match(/^(?:#!.*\n)?\/\*\*\n(.*?)\n \*\//s) ?? [];
    assert.match(about, /^ \* @module$/m, `${door} does not begin with the module's doc`);
    assert.match(about, /^ \* ```(ts|sh)\b/m, `${door} shows no example`);
  }
});

Deno.test("everything public is documented, and names only public types", async () => {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...await doors()],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "null",
  }).output();
  const said = new TextDecoder().decode(stderr);
  const complaints = said.split(/^(?=error\[)/m).filter((part) => part.startsWith("error["));
  // The class Tensor and the options of plots come from npm, and their documentation with them.
  assert.ok(complaints.length > 0, `nothing was read: ${said}`);
  // The Error of lib/errors.ts is the language's own to who reads the documentation.
  const ours = complaints.filter((complaint) =>
    !/--> .*(onnxruntime-common|observablehq)|references private type 'Error'/.test(complaint)
  );
  assert.deepEqual(ours, []);
});
