import assert from "node:assert/strict";
import { latencyCell } from "../../../lib/cli/commands/bench.ts";
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

Deno.test("a cell of a table has the median and its quartiles in three digits", () => {
  const latency = { engine: "native", device: "a processor", batch: 1, runs: 3 } as const;
  assert.equal(
    latencyCell({ ...latency, median: 1.23456, quartiles: [0.98765, 12.3456] }),
    "1.23 (0.988 to 12.3)",
  );
});
