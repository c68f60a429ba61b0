import assert from "node:assert/strict";
import { edsrTiny } from "../../../lib/nn/edsr_tiny.ts";
import { appendJsonLine } from "../../../lib/files/json_lines.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { superresData } from "../../../lib/superres/data.ts";
import { inFolder } from "../../in_folder.ts";
import { SPEC } from "./spec.ts";
import { pruneAndTest, pruneTo } from "../../../lib/papers/iss_p/structured.ts";

Deno.test("channels can go until a tenth of the multiply-adds is left", () => {
  const weights = [...pruneTo(edsrTiny(), 0.1).graph.initializers].filter(([name]) =>
    name.endsWith(".weight")
  );
  const left = weights.reduce((sum, [, { dims }]) => sum + dims.reduce((a, b) => a * b), 0);
  assert.ok(left > 700 && left <= 962, `${left} weights are left`);
});

Deno.test("a run that goes on has the times of the processes before", async () => {
  const runtime = await openRuntime({ engine: "native", threads: 1 });
  try {
    await inFolder(async (folder) => {
      const whole = await superresData({ ...SPEC.data, space: "luma" });
      const data = { ...whole, test: whole.test.slice(0, 1) };
      await appendJsonLine(`${folder}/times.jsonl`, { part: 0, seconds: 1000, sparsifySeconds: 0 });
      const { row } = await pruneAndTest({ ...SPEC, method: "structured" }, {
        data,
        runtime,
        checkpoints: folder,
      });
      assert.ok(row.seconds > 1000);
      assert.equal(row.sparsifySeconds, 0);
    });
  } finally {
    await runtime.close();
  }
});
