import assert from "node:assert/strict";
import { LINE_START, splitLine } from "../../lib/experiment/job.ts";

Deno.test("a worker's line is found behind what native code printed before it", () => {
  const json = JSON.stringify({ name: "a", note: `${LINE_START}{ in a text is no start` });
  assert.deepEqual(splitLine(`${LINE_START}${json}`), { stray: "", json });
  assert.deepEqual(splitLine(`half a line${LINE_START}${json}`), { stray: "half a line", json });
  assert.deepEqual(splitLine(`${LINE_START}odd${LINE_START}${json}`), { stray: `${LINE_START}odd`, json });
  assert.deepEqual(splitLine("printed by nobody we know"), { stray: "printed by nobody we know" });
});
