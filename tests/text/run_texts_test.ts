import assert from "node:assert/strict";
import { bert } from "../../lib/nn/bert.ts";
import type { Runtime } from "../../lib/runtime/runtime.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { runTexts } from "../../lib/text/run_texts.ts";

const model = bert({
  vocabulary: 9,
  positions: 8,
  layers: 1,
  hidden: 4,
  heads: 1,
  classes: 2,
  weights: "zeros",
});
const texts = [3, 1, 5, 2, 4].map((length) => ({ ids: Array(length).fill(1), types: Array(length).fill(0) }));

/** An engine that counts the sessions that were not released. */
async function counting(): Promise<{ runtime: Runtime; open: () => number }> {
  const engine = await openRuntime({ engine: "native" });
  let open = 0;
  const runtime: Runtime = {
    engine: engine.engine,
    device: engine.device,
    close: () => engine.close(),
    session: async (...args) => {
      const session = await engine.session(...args);
      open++;
      const release = session.release.bind(session);
      session.release = () => (open--, release());
      return session;
    },
  };
  return { runtime, open: () => open };
}

Deno.test("each text is in one batch, beside others of like length, with the outputs of its batch", async () => {
  const batches: number[][] = [];
  await runTexts(model, { texts, padding: 0 }, ({ logits }, rows) => {
    assert.deepEqual(logits!.dims, [rows.length, 2]);
    batches.push([...rows]);
  }, { batchSize: 2 });
  assert.deepEqual(batches.flat().sort(), [0, 1, 2, 3, 4]);
  const lengths = batches.map((rows) => rows.map((row) => texts[row]!.ids.length).sort());
  assert.deepEqual(lengths.sort((a, b) => a[0]! - b[0]!), [[1, 2], [3, 4], [5]]);
});

Deno.test("a run that is stopped, or fails, lets its session go and leaves the engine open", async () => {
  const { runtime, open } = await counting();
  try {
    const stop = new AbortController();
    let calls = 0;
    const run = runTexts(model, { texts, padding: 0 }, () => {
      calls++;
      stop.abort(new Error("enough"));
    }, { batchSize: 2, runtime, signal: stop.signal });
    await assert.rejects(run, /enough/);
    assert.deepEqual([calls, open()], [1, 0]);
    await runTexts(model, { texts, padding: 0 }, () => calls++, { runtime });
    assert.deepEqual([calls, open()], [2, 0]);
  } finally {
    await runtime.close();
  }
});
