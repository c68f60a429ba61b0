/** The test of a file is found under its name. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { filesIn, ROOT } from "./tree.ts";

Deno.test("the test of a file of the pruning core is found under its name, a criterion with their table", () => {
  const without = [...filesIn("lib/prune", ".ts")].filter((path) => {
    const test = path.replace(/^lib/, "tests").replace(/\.ts$/, "_test.ts");
    return !/\/(mod|row)\.ts$/.test(path) && !existsSync(new URL(test, ROOT)) && !path.includes("/criteria/");
  });
  assert.deepEqual(without, [], "give each a test of its own");
});
