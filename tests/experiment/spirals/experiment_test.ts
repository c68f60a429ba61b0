import assert from "node:assert/strict";
import { run } from "../../../lib/experiment/mod.ts";
import { accuracyByWidth, PRESETS, unitsOf } from "./experiment.ts";

Deno.test("the paper of the documentation runs, is kept, and finds that width helps", async () => {
  const store = await Deno.makeTempDir();
  try {
    const units = unitsOf(PRESETS.quick);
    const { rows, computed, product } = await run({ units, store });
    assert.equal(computed, 4);
    const mean = (width: number) =>
      rows.filter((row) => row.width === width).reduce((sum, { accuracy }) => sum + accuracy / 2, 0);
    assert.ok(mean(16) > mean(2) + 0.05, `${mean(2)} with 2 hidden units, ${mean(16)} with 16`);
    assert.ok((await product(units[0]!)).length > 200);
    assert.match(accuracyByWidth(rows).svg, /seed 1/);
    const again = await run({ units, store });
    assert.deepEqual([again.rows, again.fromStore], [rows, 4]);
  } finally {
    await Deno.remove(store, { recursive: true });
  }
});
