import assert from "node:assert/strict";
import { type Problem, readCell } from "../../../kernels/jupyter/kernel/cell_code.ts";
import { checkCell, type Checking } from "../../../kernels/jupyter/kernel/check.ts";
import { missingExports } from "../../../kernels/jupyter/kernel/inside/missing_exports.ts";
import type { Language } from "../../../kernels/jupyter/kernel/language.ts";

Deno.test("a cell that nobody checked looks for its imports by itself, but where it is strict it does not run", async () => {
  const checked = async (found: Promise<Problem[]>, checking: Checking, strict = false, isWarm = true) => {
    const said: string[] = [];
    const language = { isWarm, check: () => found } as unknown as Language;
    const request = { content: {}, metadata: {} } as never;
    const { imports, refusal, rest } = await checkCell(
      { language, checking },
      { request, code: "x", strict },
      (text) => said.push(text),
    );
    return [imports, refusal?.ename, rest !== undefined, ...said];
  };
  const never = new Promise<Problem[]>(() => {});
  const problem = { message: "wrong", start: 0, length: 1 };
  const later = new Promise<Problem[]>((resolve) => setTimeout(resolve, 300, [problem]));
  assert.deepEqual(await checked(never, "warn"), ["warn", undefined, true]);
  assert.deepEqual(await checked(never, "warn", false, false), ["warn", undefined, false]);
  assert.deepEqual(await checked(Promise.resolve([problem]), "warn"), [
    undefined,
    undefined,
    false,
    "Warning: wrong\n1 | x\n    ^\n",
  ]);
  assert.deepEqual(await checked(never, "off"), [undefined, undefined, false]);
  assert.deepEqual(await checked(later, "off", true), [undefined, "TypeCheckError", false]);
  assert.deepEqual(await checked(Promise.resolve([problem]), "error"), [undefined, "TypeCheckError", false]);
  assert.deepEqual(await checked(Promise.resolve([]), "error"), [undefined, undefined, false]);
  const gone = Promise.reject(new Error("it ended"));
  assert.deepEqual(await checked(gone, "error"), [undefined, "TypeCheckError", false]);
});

Deno.test("imports that are looked at: values by their names in the module, lines where they were", async () => {
  const looks = async (code: string) => {
    const text = (await readCell(code)).watchful;
    assert.equal(text.split("\n").length, code.split("\n").length);
    return [...text.matchAll(/imported\(await import\("m"\), (.*?), "m"\)/g)].map(([, names]) => names);
  };
  assert.deepEqual(await looks('import {\n  a,\n  b as c\n} from "m"\na'), ['["a","b"]']);
  assert.deepEqual(await looks('import d, { type t, Type } from "m"; import { e } from "m"'), [
    '["default"]',
    '["e"]',
  ]);
  assert.deepEqual(await looks('import "m"; import * as m from "m"; import type { a } from "m"'), []);
  assert.deepEqual(await looks('import data from "m" with { type: "json" }'), []);
});

Deno.test("a missing export: the nearest name where one is near", () => {
  const exports = ["trainTeamChooser", "teams", "fit"];
  assert.deepEqual(missingExports(exports, ["fit", "teams"], "m"), []);
  const [near, far] = missingExports(exports, ["trainTeamchoser", "zebra"], "m");
  assert.equal(
    near,
    '"m" exports no trainTeamchoser, which is undefined therefore: did you mean trainTeamChooser?',
  );
  assert.match(far!, /exports no zebra.*: mend the name, or write "type zebra" where it is a type$/);
});
