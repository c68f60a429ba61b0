import assert from "node:assert/strict";
import { thisMachine, thisProcessor } from "../../lib/experiment/machine.ts";

Deno.test("a machine is told by its name and its cores, the same each time", () => {
  assert.ok(thisMachine().startsWith(`${Deno.hostname()}, `));
  assert.match(thisMachine(), /, [1-9]\d* cores$/);
  assert.equal(thisMachine(), thisMachine());
  assert.equal(thisMachine(), `${Deno.hostname()}, ${thisProcessor()}`);
});
