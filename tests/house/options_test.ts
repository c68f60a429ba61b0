/** Options: every public function refuses a name that it does not know. */
import assert from "node:assert/strict";
import { doors, filesIn, ROOT } from "./tree.ts";

/** Parts of other functions' work: each takes what it needs of their options. */
const TAKES_MORE =
  /^(costOf|callGraph|callsOfTeam|candidates|drawPlot|keptRows|supernetTable|superresFiles)$/;

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

/** Code without comments, so that examples in them may be as they like. */
const withoutComments = (code: string): string => code.replaceAll(/^ *(\/\*\*|\*|\/\/).*$/gm, "");

/** A spread of an object that is there on a condition: `...x && { x }`, `...(x ? { x } : {})`. */
const CONDITIONAL =
  /\.\.\.\s*\(?(?:[^,;(){}[\]]|\((?:[^()]|\([^()]*\))*\)|\[[^[\]]*\])*?(?:&&|(?<!\?)\?)\s*\{/;

Deno.test("what may be absent is handed on as it is", async () => {
  assert.match("{ ...a(b, c) && { a } }", CONDITIONAL);
  assert.match("{ ...(a === undefined ? {} : { a }) }", CONDITIONAL);
  assert.doesNotMatch("{ ...(a ?? {}), ...list(b), c: d ? { d } : {} }", CONDITIONAL);
  const found: string[] = [];
  for (const path of filesIn("lib", ".ts")) {
    const code = withoutComments(await Deno.readTextFile(new URL(path, ROOT)));
    for (const [spread] of code.matchAll(new RegExp(CONDITIONAL, "g"))) found.push(`${path}: ${spread}`);
  }
  assert.deepEqual(
    found,
    [],
    "give the field a type with `| undefined` and hand it on; withoutUndefined of lib/options.ts makes rows",
  );
});

Deno.test("every option may be undefined", async () => {
  let options = 0;
  const narrow: string[] = [];
  for (const path of [...filesIn("lib", ".ts"), ...filesIn("kernels", ".ts")]) {
    const code = await Deno.readTextFile(new URL(path, ROOT));
    for (
      const [, name, body] of code.matchAll(
        /^(?:export )?interface (\w*(?:Options|Settings))\b[^{]*\{([^]*?)^\}/gm,
      )
    ) {
      for (
        const [, field, type] of body!.matchAll(/^ {2}(?:readonly )?(\w+)\?:((?:.|\n(?! {2}[\w/]))*);/gm)
      ) {
        options++;
        if (!/(?:\bundefined|unknown)$/.test(type!)) narrow.push(`${path}: ${name}.${field}`);
      }
    }
  }
  assert.ok(options > 500, `only ${options} options were found`);
  assert.deepEqual(
    narrow,
    [],
    "whoever hands an option on has it or undefined: add `| undefined` to its type",
  );
});

Deno.test("options that are those of another function and more take their names from its list", async () => {
  let lists = 0;
  const repeated: string[] = [];
  for (const path of filesIn("lib", ".ts")) {
    const code = await Deno.readTextFile(new URL(path, ROOT));
    for (
      const [, name, from] of code.matchAll(/\binterface (\w+(?:Options|Settings))\s+extends ([^{]*)\{/g)
    ) {
      // Of a few that were picked there is no list.
      if (!/(Options|Settings)\b/.test(from!.replaceAll(/Pick<[^>]*>/g, ""))) continue;
      const [list] = code.match(new RegExp(`: OptionNames<${name}> = \\{[^}]*\\}`)) ?? [];
      if (list === undefined) continue;
      lists++;
      if (!list.includes("...")) repeated.push(`${path}: ${name}`);
    }
  }
  assert.ok(lists > 30, `only ${lists} lists were found`);
  assert.deepEqual(repeated, [], "spread the names of the other's options, or omitNames of them");
});
