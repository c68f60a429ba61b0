import assert from "node:assert/strict";
import { readCell } from "../../../kernels/jupyter/kernel/cell_code.ts";
import { checkCell, type Checking } from "../../../kernels/jupyter/kernel/check.ts";
import { missingExports } from "../../../kernels/jupyter/kernel/inside/missing_exports.ts";
import type { Language } from "../../../kernels/jupyter/kernel/language.ts";

Deno.test("a cell that was not checked says why where it is strict, and looks for its imports by itself", async () => {
  const checked = async (
    answer: Awaited<ReturnType<Language["check"]>>,
    checking: Checking,
    strict = false,
  ) => {
    const said: string[] = [];
    const language = { check: () => Promise.resolve(answer) } as unknown as Language;
    const request = { content: {}, metadata: {} } as never;
    const found = await checkCell(
      { language, checking },
      { request, code: "x", strict },
      (text) => said.push(text),
    );
    return [found.imports, found.refusal?.ename, ...said];
  };
  const again = "and cells do not wait for it. Run the cell again.\n";
  assert.deepEqual(await checked("late", "warn"), ["warn", undefined]);
  assert.deepEqual(
    await checked("late", "error"),
    ["error", undefined, `Not checked: the check took longer than 100 ms, ${again}`],
  );
  assert.deepEqual(
    await checked("cold", "off", true),
    ["error", undefined, `Not checked: the language server is not ready yet, ${again}`],
  );
  assert.deepEqual(await checked("late", "off"), [undefined, undefined]);
  const problem = { message: "wrong", start: 0, length: 1 };
  assert.deepEqual(await checked([problem], "error"), [undefined, "TypeCheckError"]);
  assert.deepEqual(await checked([], "error"), [undefined, undefined]);
});

Deno.test("imports that are looked at: values by their names in the module, lines where they were", async () => {
  const looks = async (code: string) => {
    const text = (await readCell(code)).watchful(true);
    assert.equal(text.split("\n").length, code.split("\n").length);
    return [...text.matchAll(/imported\(await import\("m"\), (.*?), "m", true\)/g)].map(([, names]) => names);
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
