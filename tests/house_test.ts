/** The layers of the tree, and what the architecture page draws of them; other rules of the house are in `tests/house`. */
import assert from "node:assert/strict";
import { allImports, filesIn, type Import, ROOT } from "./house/tree.ts";

/**
 * The layers, from the lowest to the highest: a folder (or a file of `lib` itself) imports its own files and those of layers
 * below. Each row is one layer, whose folders do not import one another. The architecture page draws it.
 */
const LAYERS: readonly (readonly string[])[] = [
  ["lib/printable.ts", "lib/amounts.ts"],
  ["lib/errors.ts"],
  ["lib/limits.ts", "lib/node.ts", "lib/guard.ts", "lib/given.ts", "lib/telemetry.ts"],
  ["lib/bounds.ts"],
  [
    "lib/deps.ts",
    "lib/extent.ts",
    "lib/kill.ts",
    "lib/options.ts",
    "lib/own.ts",
    "lib/progress.ts",
    "lib/queue.ts",
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
  ["lib/page"],
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
  // Tables of a file for each family: the page names their folder.
  const folders = [
    "lib/onnx/shapes",
    "lib/onnx/gradients",
    "lib/prune/rows",
    "lib/prune/fixups",
    "lib/metagraph/rows",
  ];
  for (const folder of folders) assert.ok(page.includes(`\`${folder}\``), `the page does not name ${folder}`);
  let tables = 0;
  for (const path of filesIn("lib", ".ts")) {
    const code = await Deno.readTextFile(new URL(path, ROOT));
    for (
      const [, kind] of code.matchAll(
        /^(?:export )?const \w+: (OperatorTable<.*> =|Rows|\w+Rules|.*UpgradeTable)/gm,
      )
    ) {
      tables++;
      const families = /Rows|GradientRules|ChannelRow|GraphRow|Fixup/.test(kind!) &&
        folders.some((one) => path.startsWith(one));
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
