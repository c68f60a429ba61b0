import assert from "node:assert/strict";
import { typed, withModel } from "../typed.ts";

Deno.test("bench has a row for each engine and batch that is asked for", async () => {
  await withModel(async (path) => {
    const line = ["--engine", "native,wasm", "--batch", "1,8", "--runs", "2"];
    const rows = JSON.parse((await typed("bench", path, ...line, "--json")).out);
    assert.deepEqual(
      rows.map(({ engine, batch, runs }: Record<string, unknown>) => [engine, batch, runs]),
      [["native", 1, 2], ["native", 8, 2], ["wasm", 1, 2], ["wasm", 8, 2]],
    );
    for (const { median, quartiles: [low, high] } of rows) {
      assert.ok(0 < low && low <= median && median <= high);
    }
    const { code, err } = await typed("bench", path, "--engine", "native,cuda");
    assert.deepEqual([code, err], [2, "Cannot read --engine cuda: expected native, webgpu, wasm"]);
  });
});
