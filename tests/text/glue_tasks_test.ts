import assert from "node:assert/strict";
import { type GlueName, glueTask } from "../../lib/text/glue_tasks.ts";
import { readGlue } from "../../lib/text/read_glue.ts";

Deno.test("a task is found by its name, and one that is none is told with those that there are", () => {
  assert.deepEqual([glueTask("stsb").title, glueTask("mnli").labels.length], ["STS-B", 3]);
  for (const task of ["sst", "toString"] as string[] as GlueName[]) {
    for (const read of [() => glueTask(task), () => readGlue(task, "a\t1\n")]) {
      assert.throws(read, /^RangeError: Cannot read GLUE with task "\w+": expected "cola", .* or "wnli"$/);
    }
  }
});
