/** Rules of the whole tree: what imports what, what the front door gives, where the documents' links land. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import * as espalier from "../mod.ts";
import { assertClose, REORDERED_FLOAT32 } from "./close.ts";
import { serveCode } from "./serve_code.ts";
import { tagged } from "./tags.ts";

const ROOT = new URL("../", import.meta.url);
const OUR_CODE = ["mod.ts", "cli.ts", "lib", "kernels", "tasks", "tests"];

/** All files below a folder (or the file itself), as paths from the repository's root. */
function* filesIn(path: string, extension: string): Generator<string> {
  const url = new URL(path, ROOT);
  if (!existsSync(url)) return;
  if (Deno.statSync(url).isFile) return void (path.endsWith(extension) && (yield path));
  for (const { name } of Deno.readDirSync(url)) {
    if (!name.startsWith(".")) yield* filesIn(`${path}/${name}`, extension);
  }
}

interface Import {
  from: string;
  specifier: string;
  /** Whether types alone are imported. */
  type: boolean;
}

/** Every import of our code, found by Deno's own parser: static, dynamic and of types. */
async function allImports(): Promise<Import[]> {
  const code = OUR_CODE.flatMap((path) => [...filesIn(path, ".ts")]);
  const temporary = await Deno.makeTempDir();
  try {
    const entry = `${temporary}/all.ts`;
    await Deno.writeTextFile(entry, code.map((path) => `import "${new URL(path, ROOT)}";\n`).join(""));
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--quiet", "--json", "--no-lock", entry],
      cwd: temporary,
      stderr: "inherit",
    }).output();
    type Dependency = { specifier: string; code?: unknown };
    const graph: { modules: { specifier: string; dependencies?: Dependency[] }[] } = JSON.parse(
      new TextDecoder().decode(stdout),
    );
    const known = new Set(code);
    return graph.modules.flatMap(({ specifier: file, dependencies = [] }) => {
      const from = file.startsWith(ROOT.href) ? decodeURI(file.slice(ROOT.href.length)) : file;
      return known.has(from)
        ? dependencies.map(({ specifier, code }) => ({ from, specifier, type: !code }))
        : [];
    });
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

Deno.test("dependencies are full pinned npm specifiers, in deps.ts files or in tests", async () => {
  const imports = await allImports();
  assert.ok(imports.length > 500, `only ${imports.length} imports were found`);
  const outside = imports.filter(({ specifier }) => !/^(\.{1,2}\/|node:)/.test(specifier));
  assert.ok(outside.length > 5);
  for (const { from, specifier } of outside) {
    assert.match(
      specifier,
      /^npm:(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+(-[\w.]+)?(\/|$)/,
      `an import of ${from}`,
    );
    assert.ok(
      /(^|\/)deps\.ts$/.test(from) || from.startsWith("tests/"),
      `${from} imports ${specifier} itself`,
    );
  }
});

Deno.test("deno.lock holds the dependencies that are imported, and no others", async () => {
  const lock = JSON.parse(await Deno.readTextFile(new URL("deno.lock", ROOT)));
  const imported = (await allImports()).map(({ specifier }) => specifier)
    .filter((specifier) => specifier.startsWith("npm:"))
    .map((specifier) => specifier.replace(/(?<=@[\d.]+)\/.*$/, ""));
  assert.deepEqual(Object.keys(lock.specifiers).sort(), [...new Set(imported)].sort());
  assert.deepEqual(Object.keys(lock).sort(), ["npm", "specifiers", "version"]);
});

/**
 * The layers, from the lowest to the highest: a folder (or a file of `lib` itself) imports its own files and those of layers
 * below. Each row is one layer, whose folders do not import one another. The architecture page draws it.
 */
const LAYERS: readonly (readonly string[])[] = [
  ["lib/limits.ts", "lib/printable.ts"],
  [
    "lib/deps.ts",
    "lib/options.ts",
    "lib/own.ts",
    "lib/progress.ts",
    "lib/random.ts",
    "lib/side_by_side.ts",
    "lib/stop.ts",
    "lib/text_table.ts",
    "lib/version.ts",
  ],
  ["lib/files", "lib/tensor", "lib/statistics"],
  ["lib/formats"],
  ["kernels/webgpu"],
  ["lib/onnx"],
  ["lib/runtime", "lib/io"],
  ["lib/nn"],
  ["lib/train"],
  ["lib/sparse", "lib/compress"],
  ["lib/prune"],
  ["lib/metagraph"],
  ["lib/metanet"],
  ["lib/data", "lib/plot"],
  ["lib/superres", "lib/drawings", "lib/experiment", "lib/text", "lib/ctr", "lib/chat", "lib/questions"],
  ["lib/transformer", "lib/agents", "lib/lm"],
  ["lib/evaluation"],
  ["lib/distillation"],
  ["lib/interpretation"],
  ["lib/all.ts", "lib/bundle", "lib/papers", "lib/cli"],
  ["mod.ts", "cli.ts", "kernels/jupyter"],
  ["tasks"],
  ["tests"],
];

Deno.test("the architecture page draws the layers as they are held", async () => {
  const page = await Deno.readTextFile(new URL("docs/architecture.md", ROOT));
  const drawn = [...LAYERS].reverse().map((names) => names.join("  ")).join("\n");
  assert.ok(page.includes(`\`\`\`\n${drawn}\n\`\`\``), `docs/architecture.md lacks this picture:\n${drawn}`);
});

/** Number of the layer that a file belongs to. */
function layerOf(path: string): number {
  const layer = LAYERS.findIndex((names) =>
    names.some((name) => path === name || path.startsWith(`${name}/`))
  );
  assert.ok(layer >= 0, `${path} belongs to no layer: give its folder a place in LAYERS`);
  return layer;
}

/** A folder or file as a layer names it. */
const nameOf = (path: string) =>
  LAYERS[layerOf(path)]!.find((name) => path === name || path.startsWith(`${name}/`))!;

Deno.test("imports point down: each folder imports itself and the layers below it", async () => {
  const imports = (await allImports()).filter(({ specifier }) => specifier.startsWith("."));
  assert.ok(imports.length > 1500, `only ${imports.length} imports were found`);
  const wrong = imports.flatMap(({ from, specifier }) => {
    const to = new URL(specifier, new URL(from, ROOT)).href.slice(ROOT.href.length);
    const [one, other] = [nameOf(from), nameOf(to)];
    const fits = one === other || layerOf(to) < layerOf(from);
    // A paper's experiment is made of the library; only tasks and tests know that there are papers.
    const knows = other !== "lib/papers" || /^(lib\/papers|tasks|tests)$/.test(one);
    return fits && knows ? [] : [`${from} imports ${to}`];
  });
  assert.deepEqual(wrong, []);
});

/** Which folder imports which, from the highest layer down: arrows that a way over others makes needless are left out. */
function arrowsOf(imports: readonly Import[]): string {
  const below = new Map<string, Set<string>>();
  for (const { from, specifier } of imports) {
    const [one, other] = [from, new URL(specifier, new URL(from, ROOT)).href.slice(ROOT.href.length)].map(
      nameOf,
    );
    if (one !== other) below.set(one!, (below.get(one!) ?? new Set()).add(other!));
  }
  const behind = (name: string): string[] =>
    [...below.get(name) ?? []].flatMap((next) => [next, ...behind(next)]);
  const line = (name: string): string[] => {
    const direct = [...below.get(name) ?? []];
    const needless = new Set(direct.flatMap(behind));
    const kept = direct.filter((next) => !needless.has(next)).toSorted((a, b) =>
      layerOf(b) - layerOf(a) || (a < b ? -1 : 1)
    );
    return kept.length === 0 ? [] : [`${name} → ${kept.join(", ")}`];
  };
  return [...LAYERS].reverse().flat().filter((name) => name !== "tests").flatMap(line).join("\n");
}

Deno.test("the architecture page draws the imports that there are; ESPALIER_UPDATE=1 writes it", async () => {
  const page = new URL("docs/architecture.md", ROOT);
  const imports = (await allImports()).filter(({ specifier }) => specifier.startsWith("."));
  const drawn = `\`\`\`\n${arrowsOf(imports)}\n\`\`\``;
  const text = await Deno.readTextFile(page);
  if (Deno.env.get("ESPALIER_UPDATE") === "1") {
    await Deno.writeTextFile(page, text.replace(/```\n[^`]* → [^`]*\n```/, drawn));
  }
  assert.ok(
    (await Deno.readTextFile(page)).includes(drawn),
    `docs/architecture.md lacks this picture:\n${drawn}`,
  );
});

Deno.test("the architecture page names every table of operators", async () => {
  const page = await Deno.readTextFile(new URL("docs/architecture.md", ROOT));
  const large = ["lib/onnx/shapes", "lib/onnx/gradients", "lib/prune/rows", "lib/metagraph/rows"];
  let tables = 0;
  for (const path of filesIn("lib", ".ts")) {
    const code = await Deno.readTextFile(new URL(path, ROOT));
    for (
      const [, kind] of code.matchAll(
        /^(?:export )?const \w+: (OperatorTable<.*> =|Rows|\w+Rules|.*UpgradeTable)/gm,
      )
    ) {
      tables++;
      // The rules of one of the four large tables, by family.
      const families = /Rows|GradientRules|ChannelRow|GraphRow/.test(kind!) &&
        large.some((one) => path.startsWith(one));
      assert.ok(
        families || page.includes(`\`${path}\``),
        `docs/architecture.md does not name the table of ${path}`,
      );
    }
  }
  assert.ok(tables > 40, `only ${tables} tables were found`);
});

Deno.test("files import one another in circles for their types only", async () => {
  const below = new Map<string, string[]>();
  for (const { from, specifier, type } of await allImports()) {
    if (type || !specifier.startsWith(".")) continue;
    const to = new URL(specifier, new URL(from, ROOT)).href.slice(ROOT.href.length);
    below.set(from, [...below.get(from) ?? [], to]);
  }
  assert.ok(below.size > 800, `only ${below.size} files import others`);
  const done = new Set<string>();
  const circles: string[] = [];
  const follow = (path: string, way: readonly string[]): void => {
    if (done.has(path)) return;
    if (way.includes(path)) return void circles.push([...way.slice(way.indexOf(path)), path].join(" → "));
    for (const next of below.get(path) ?? []) follow(next, [...way, path]);
    done.add(path);
  };
  for (const path of below.keys()) follow(path, []);
  assert.deepEqual(circles, []);
});

Deno.test("a folder of the library holds what a reader can take in: 25 files", () => {
  const counts = new Map<string, number>();
  for (const path of ["lib", "kernels"].flatMap((path) => [...filesIn(path, ".ts")])) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  assert.ok(counts.size > 40);
  assert.deepEqual(
    [...counts].filter(([, count]) => count > 25),
    [],
    "give its families folders of their own",
  );
});

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

Deno.test("the test of a file of the pruning core is found under its name, a criterion with their table", () => {
  const without = [...filesIn("lib/prune", ".ts")].filter((path) => {
    const test = path.replace(/^lib/, "tests").replace(/\.ts$/, "_test.ts");
    return !/\/(mod|row)\.ts$/.test(path) && !existsSync(new URL(test, ROOT)) && !path.includes("/criteria/");
  });
  assert.deepEqual(without, [], "give each a test of its own");
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
  /^\/\*\*[\s*]*(Of |The same\b|The others?\b|Its? |They |Their |That |This |These |Those |As above|Like the one before)/;

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

/** Parts of other functions' work: each takes what it needs of their options. */
const TAKES_MORE =
  /^(costOf|callGraph|callsOfTeam|candidates|drawPlot|keptRows|metaGraph|supernetTable|superresFiles|transformerOf)$/;

Deno.test("every public function that takes options refuses a name that it does not know", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...(await doors()).filter((door) => !door.startsWith("kernels/"))],
    cwd: ROOT,
    stderr: "null",
  }).output();
  type Param = {
    kind: string;
    name?: string;
    left?: Param;
    right?: string;
    tsType?: { repr: string; kind: string };
  };
  type Declaration = { kind: string; location: { filename: string }; def: { params?: Param[] } };
  const { nodes }: { nodes: Record<string, { symbols: { name: string; declarations: Declaration[] }[] }> } =
    JSON
      .parse(new TextDecoder().decode(stdout));
  const taking = new Map<string, Set<string>>();
  for (const { name, declarations } of Object.values(nodes).flatMap(({ symbols }) => symbols)) {
    for (const { kind, location, def } of declarations) {
      const options = (def.params ?? []).some((param) =>
        /(Options|Settings)$/.test((param.left ?? param).tsType?.repr ?? "") ||
        param.left?.tsType?.kind === "typeLiteral"
      );
      if (kind !== "function" || !options || TAKES_MORE.test(name)) continue;
      taking.set(location.filename, (taking.get(location.filename) ?? new Set()).add(name));
    }
  }
  let functions = 0;
  const careless: string[] = [];
  for (const [file, names] of taking) {
    const code = await Deno.readTextFile(new URL(file));
    for (const name of names) {
      // The last of overloads is the one that runs; a former name has no function of its own.
      const last = [...code.matchAll(new RegExp(`function\\*? ${name}\\b`, "g"))].at(-1);
      if (!last) continue;
      functions++;
      const body = code.slice(last.index).split(/\n\}\n/, 1)[0]!;
      if (!body.includes("requireOptions(")) careless.push(`${file.slice(ROOT.href.length)}: ${name}`);
    }
  }
  assert.ok(functions > 150, `only ${functions} functions with options were found`);
  assert.deepEqual(
    careless,
    [],
    "call requireOptions of lib/options.ts first, with the names of all options",
  );
});

Deno.test("mod.ts has the names that other programs rely on", () => {
  const names = [
    "loadModel",
    "saveModel",
    "loadCheckpoint",
    "openRuntime",
    "engines",
    "runModel",
    "countMacs",
    "channelGroups",
    "planPruning",
    "prune",
    "fit",
    "gradients",
    "Tensor",
  ];
  const door: Record<string, unknown> = { ...espalier };
  for (const name of names) assert.equal(typeof door[name], "function", `mod.ts exports no ${name}`);
  assert.equal(typeof espalier.Model.prototype.toOnnx, "function");
});

Deno.test("the front door has some sixty values, and no two doors give one name to different things", async () => {
  assert.ok(Object.keys(espalier).length <= 64, `mod.ts exports ${Object.keys(espalier).length} values`);
  const known = new Map<string, unknown>();
  for (const door of await doors()) {
    if (door.startsWith("kernels/")) continue; // of the same names, on a GPU
    for (const [name, value] of Object.entries(await import(new URL(door, ROOT).href))) {
      assert.ok(
        !known.has(name) || known.get(name) === value,
        `${door} gives another ${name} than the doors before it`,
      );
      known.set(name, value);
    }
  }
});

/** The files behind the exports of deno.json. */
async function doors(): Promise<string[]> {
  const { exports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  return Object.values(exports as Record<string, string>).map((path) => path.replace("./", ""));
}

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
  const ours = complaints.filter((complaint) => !/--> .*(onnxruntime-common|observablehq)/.test(complaint));
  assert.deepEqual(ours, []);
});

/** Text of a document outside of code. */
const prose = (text: string) => text.replaceAll(/^```[\s\S]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "");

/** The anchors that headings make, as GitHub writes them. */
const anchors = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );

Deno.test("every link in the documents lands", async () => {
  const documents = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...filesIn("docs", ".md")];
  let links = 0;
  for (const path of documents) {
    const file = new URL(path, ROOT);
    const text = await Deno.readTextFile(file);
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

/** The README's ten lines, as they stand, with what they take for granted, and questions to their result. */
const program = (address: string, lines: string) => `
import { engines, openRuntime, runModel, Tensor } from "${address}/mod.ts";
import { proceduralImages, resnetCifar, saveModel as save, toExamples } from "${address}/mod.ts";
import { drawNetwork } from "${address}/lib/plot/network.ts";
import { show } from "${address}/kernels/jupyter/mod.ts";

await save(resnetCifar({ depth: 20, widths: [4, 8, 16] }), "resnet20.onnx");
const { inputs, targets } = toExamples(proceduralImages({ train: 20, test: 0 }).train);
${lines.replace("https://…/", `${address}/`)}
const input = new Tensor("float32", (inputs.data as Float32Array).slice(0, 3072), [1, 3, 32, 32]);
const logits: Record<string, unknown> = {};
for (const engine of ["native", "wasm"] as const) {
  const runtime = await openRuntime({ engine });
  const outputs = await runModel(await loadModel("resnet20-half.onnx"), { input }, { runtime });
  logits[engine] = Array.from(outputs.logits!.data as Float32Array);
  await runtime.close();
}
const kept = countMacs(tuned).macs / countMacs(model).macs;
const drawn = drawNetwork(tuned).svg.length;
console.log(JSON.stringify({ kept, logits, drawn, shown: typeof show, engines: (await engines()).length }));
Deno.exit(0);
`;

/** What a program needs to be allowed to run ONNX Runtime: its native add-on, its files and their place. */
const PERMISSIONS = [
  "--no-prompt",
  "--allow-read",
  "--allow-env",
  "--allow-ffi",
  "--allow-sys",
  "--allow-write=.",
];

Deno.test(tagged("types hold under Deno's default settings, by path", "slow"), async () => {
  const temporary = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${temporary}/deno.json`, "{}");
    const lines = [...await doors(), "lib/plot/network.ts"].map((door, i) =>
      `export * as door${i} from "${new URL(door, ROOT)}";\n`
    );
    await Deno.writeTextFile(`${temporary}/program.ts`, lines.join(""));
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "program.ts"],
      cwd: temporary,
      env: { NO_COLOR: "1" },
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
});

Deno.test(tagged("a program elsewhere runs the README's ten lines, by URL", "slow"), async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const [, lines] = readme.match(/^## Ten lines\n\n```ts ignore\n([\s\S]*?)^```/m) ?? [];
  assert.ok(lines, "README.md has no block of code under its heading");
  const server = serveCode();
  const temporary = await Deno.makeTempDir();
  try {
    const host = `127.0.0.1:${server.addr.port}`;
    await Deno.writeTextFile(`${temporary}/program.ts`, program(`http://${host}`, lines));
    // A cache of its own for our modules, so that nothing stale is read and nothing left; npm packages are shared.
    const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], cwd: temporary })
      .output();
    const { npmCache } = JSON.parse(new TextDecoder().decode(info.stdout)) as { npmCache: string };
    await Deno.mkdir(`${temporary}/cache`);
    await Deno.symlink(npmCache, `${temporary}/cache/npm`, { type: "dir" });
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--check", ...PERMISSIONS, `--allow-import=${host}`, "program.ts"],
      cwd: temporary,
      env: { DENO_DIR: `${temporary}/cache`, NO_COLOR: "1" },
    }).output();
    const [said, complained] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.equal(code, 0, complained);
    assert.match(said!, /^Keeps (49|50)[.]\d % of macs/m);
    const { kept, logits, drawn, shown, engines } = JSON.parse(said!.trim().split("\n").at(-1)!);
    assert.ok(kept > 0.45 && kept <= 0.5, `kept ${kept} of the MACs`);
    assertClose(logits.wasm, logits.native, REORDERED_FLOAT32);
    assert.ok(drawn > 1000, "the figure of the network is empty");
    assert.deepEqual([logits.native.length, shown, engines], [10, "function", 3]);
  } finally {
    await server.shutdown();
    await Deno.remove(temporary, { recursive: true });
  }
});
