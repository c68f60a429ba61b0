/** Errors of the library: the language's own, but for control characters of strangers in their messages. */
import assert from "node:assert/strict";
import { Error, RangeError, SyntaxError, TypeError } from "../lib/errors.ts";
import { codeOf, filesIn, ROOT } from "./files_in.ts";

const STRANGE = "a\x1b]0;x\x07\x9b2J\u202e\nb";
const SHOWN = "a\\x1b]0;x\\x07\\x9b2J\\u202e\nb";

Deno.test("messages, stacks and causes show no control characters; lines stay", () => {
  for (const Kind of [Error, RangeError, SyntaxError, TypeError]) {
    const error = new Kind(STRANGE, { cause: new globalThis.Error(STRANGE, { cause: new Kind(STRANGE) }) });
    assert.equal(error.message, SHOWN);
    assert.ok(error.stack!.startsWith(`${Kind.name}: ${SHOWN}\n    at `), error.stack);
    assert.equal((error.cause as Error).message, SHOWN);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(Deno.inspect(error), /[\x07\x1b\x9b\u202e]/);
  }
});

Deno.test("they are the language's own, whichever of the two is asked", () => {
  const error = new SyntaxError("s");
  assert.ok(
    error instanceof globalThis.SyntaxError && error instanceof Error && error instanceof SyntaxError,
  );
  assert.ok(new globalThis.SyntaxError("s") instanceof SyntaxError && !(error instanceof TypeError));
  assert.deepEqual([error.name, error.constructor.name, `${error}`], [
    "SyntaxError",
    "SyntaxError",
    "SyntaxError: s",
  ]);
  assert.match(error.stack!.split("\n")[1]!, /errors_test\.ts/); // no frame of ours
  const cause = new Deno.errors.NotFound("gone");
  assert.equal(new Error("e", { cause }).cause, cause);
  assert.deepEqual([Object.hasOwn(new Error("e"), "cause"), new Error().message], [false, ""]);
});

Deno.test("classes made of them are their own", () => {
  class Own extends Error {
    override readonly name = "Own";
    constructor(readonly detail: number, message: string) {
      super(message);
    }
  }
  const own = new Own(3, STRANGE);
  assert.ok(own instanceof Own && own instanceof Error && !(new Error("") instanceof Own));
  assert.deepEqual([own.detail, own.message, own.name], [3, SHOWN, "Own"]);
});

const NAMES = ["Error", "RangeError", "SyntaxError", "TypeError"];

/** An import of them, as `deno fmt` writes it. */
const IMPORT = /^import \{ ([^}]*) \} from "[./a-z]*\/errors\.ts";$/m;

/** What a file makes errors of: calls, classes, and values to choose from. */
function kindsIn(code: string): string[] {
  return NAMES.filter((name) =>
    new RegExp(`\\b(new|extends) ${name}\\b|(?<![\\w.])${name}\\(|\\? \\w+ : ${name}\\b`).test(code)
  );
}

/** The file with what it lacks imported. */
function withImport(path: string, names: readonly string[]): string {
  const text = Deno.readTextFileSync(new URL(path, ROOT));
  const up = "../".repeat(path.split("/").length - 1) || "./";
  const folder = path.startsWith("lib/") ? up.slice(3) || "./" : `${up}lib/`;
  const line = `import { ${names.join(", ")} } from "${folder}errors.ts";`;
  if (IMPORT.test(text)) return text.replace(IMPORT, line);
  const at = Math.max(0, text.search(/^import /m));
  return `${text.slice(0, at)}${line}\n${text.slice(at)}`;
}

Deno.test("all code makes its errors of them; ESPALIER_UPDATE=1 adds the imports", () => {
  const files = ["mod.ts", "cli.ts", "lib", "kernels", "tasks"].flatMap((path) => [...filesIn(path, ".ts")]);
  let makers = 0;
  const lacking: string[] = [];
  for (const path of files.filter((path) => path !== "lib/errors.ts")) {
    const code = codeOf(path);
    const imported = IMPORT.exec(code)?.[1]?.split(", ") ?? [];
    const kinds = kindsIn(code);
    if (kinds.length > 0) makers++;
    if (kinds.every((kind) => imported.includes(kind))) continue;
    if (Deno.env.get("ESPALIER_UPDATE") === "1") {
      Deno.writeTextFileSync(new URL(path, ROOT), withImport(path, kinds));
    } else lacking.push(`${path} makes ${kinds.join(", ")} without importing them from lib/errors.ts`);
  }
  assert.deepEqual(lacking, []);
  assert.ok(makers > 350, `only ${makers} files make errors`);
});
