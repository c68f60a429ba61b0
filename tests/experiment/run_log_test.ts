import assert from "node:assert/strict";
import { logRun, readRunLog } from "../../lib/experiment/run_log.ts";
import { inFolder } from "../in_folder.ts";
import { squares } from "./toy.ts";

Deno.test("runs are noted, one a line, where the environment names a file, and nowhere else", () =>
  inFolder(async (folder) => {
    const path = `${folder}/runs`;
    const results = {
      rows: [],
      rowsOf: () => [],
      product: () => assert.fail("asked for a product"),
      failures: [{ unit: squares(4)[3]!, error: "broke", stack: "here" }],
      fromStore: 2,
      computed: 1,
      when: { oldest: "2026-01-01T00:00:00.000Z", newest: "2026-01-02T00:00:00.000Z" },
    };
    await logRun("nowhere", results);
    Deno.env.set("ESPALIER_RUN_LOG", path);
    try {
      await logRun("one", results);
      const { when: _, ...none } = { ...results, failures: [] };
      await logRun("two", none);
    } finally {
      Deno.env.delete("ESPALIER_RUN_LOG");
    }
    const label = "the square of 3";
    assert.deepEqual(await readRunLog(path), [
      {
        title: "one",
        fromStore: 2,
        computed: 1,
        oldest: results.when.oldest,
        failures: [{ label, error: "broke", stack: "here" }],
      },
      { title: "two", fromStore: 2, computed: 1, failures: [] },
    ]);
    assert.deepEqual(await readRunLog(`${folder}/none`), []);
  }));
