/** Options: every public function refuses a name that it does not know. */
import assert from "node:assert/strict";
import { doors, ROOT } from "./tree.ts";

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
