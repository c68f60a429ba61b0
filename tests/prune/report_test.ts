import assert from "node:assert/strict";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { report } from "../../lib/prune/report.ts";
import { classifier } from "./classifier.ts";
import { pretend, withClock } from "./pretend_engine.ts";

Deno.test("A report counts both models and measures them, and says what it measured", () =>
  withClock(async () => {
    const { model } = classifier();
    const small = prune(model, planPruning(model, { target: { macs: 0.5 } }));
    const runtime = pretend({});
    const table = await report(model, small, { runtime, batches: [1, 2], runs: 3 });
    assert.deepEqual(table.before.latencies.map(({ batch }) => batch), [1, 2]);
    assert.deepEqual([table.before.macs, table.after.macs], [40, 20]);
    const text = table.toString();
    assert.match(text, /^ +before +after +ratio\nMACs +40 +20 +0\.500\n/);
    assert.match(
      text,
      /latency \(ms\), native, batch 2, 3 runs +8\.00 \(8\.00 to 8\.00\) +4\.00 \(4\.00 to 4\.00\) +0\.500/,
    );
    assert.doesNotMatch(text, /speed/i);
    assert.deepEqual((await report(model, small)).before.latencies, []);
  }));
