import assert from "node:assert/strict";
import { startDriver } from "./driver.ts";

/** A cell of which the engine makes other lines than these. */
const CELL = `// A comment, and a type that is left out

interface Size { width: number }
const sizes: Size[] = [
  { width: 1 },
];

function widthOf(
  size: Size | undefined,
): number {
  return size!.width;
}
sizes.push(...[]);

  widthOf(sizes[1]); // throws
console.log("not reached");`;

Deno.test("an error marks the line of the cell whose statement threw, whatever the engine makes of it", async () => {
  await using driver = await startDriver();
  const { reply, outputs } = await driver.run(CELL, { stop_on_error: false });
  assert.equal(reply.ename, "TypeError");
  const [first, line, marks, ...frames] = (reply.traceback as string[]).join("\n").split("\n");
  assert.match(first!, /^TypeError: Cannot read properties of undefined/);
  assert.deepEqual([line, marks], [
    "15 |   widthOf(sizes[1]); // throws",
    `${" ".repeat(7)}${"^".repeat(28)}`,
  ]);
  assert.match(frames.join("\n"), /at widthOf/);
  assert.doesNotMatch(frames.join("\n"), /<anonymous>:\d|__espalier/);
  assert.deepEqual(outputs.map(({ content }) => content.traceback), [reply.traceback]);
  const cases: Record<string, string> = {
    "null.x": "1 | null.x",
    "\n\n// here\nnull.x": "4 | null.x",
    "let a = 1;\nlet b = 2; undefinedName": "2 | let b = 2; undefinedName",
    "await Promise.resolve();\nfor (const x of [1])\n  null.x": "2 | for (const x of [1])",
    "import { join } from 'node:path';\n\njoin(1 as any)": "3 | join(1 as any)",
  };
  for (const [code, marked] of Object.entries(cases)) {
    const { reply } = await driver.run(code, { stop_on_error: false });
    assert.ok(
      (reply.traceback as string[]).join("\n").includes(`\n${marked}\n`),
      `${code}: ${reply.traceback}`,
    );
  }
});

Deno.test("what is thrown and is no error shows as a value does", async () => {
  await using driver = await startDriver();
  const cases: Record<string, string> = {
    "throw { a: 1 }": "{ a: 1 }",
    "await Promise.reject({ b: [2] })": "{ b: [ 2 ] }",
    "(() => { throw 'text' })()": '"text"',
    "throw 5": "5",
    "throw null": "null",
  };
  for (const [code, value] of Object.entries(cases)) {
    const { reply, outputs } = await driver.run(code, { stop_on_error: false });
    assert.deepEqual([reply.status, reply.ename, reply.evalue], ["error", "Uncaught", value], code);
    assert.deepEqual(outputs.map(({ content }) => content.evalue), [value], code);
  }
  const caught = await driver.run("try { throw { c: 3 } } catch { }\nnull.x");
  assert.equal(caught.reply.ename, "TypeError");
});

Deno.test("numbers of lines leave a cell's value, its names and its braces alone", async () => {
  await using driver = await startDriver();
  const values: Record<string, string> = {
    "1;\nlet a = 2;": "1",
    "{\n a: 1 }": "{ a: 1 }",
    "1\n;({ b: 2 })": "{ b: 2 }",
    "let f;\nf = () => {};\nf.name": '"f"',
    "'use strict'\nlet c = 4\nc": "4",
    'const d = async () => {\n  "use strict"\n  return await 5\n}\nawait d()': "5",
    "let e;\ntry { throw 6, 7 } catch (thrown) { e = thrown }\ne": "7",
    "const g = async () => { for (const h of [8]) await h; return 8 };\nString(g).includes('globalThis.')":
      "true",
  };
  for (const [code, value] of Object.entries(values)) {
    assert.equal((await driver.run(code, { stop_on_error: false })).value, value, code);
  }
});
