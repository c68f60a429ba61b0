import assert from "node:assert/strict";
import { measureRequests } from "../../../lib/papers/opt_embed/latency.ts";
import type { Runtime, Session } from "../../../lib/runtime/runtime.ts";

Deno.test("models are timed in turns, every other time in the opposite order, and all runs are kept", async () => {
  const ran: string[] = [];
  const runtime = {
    session: (name: string) =>
      Promise.resolve({
        run: () => Promise.resolve(void ran.push(name)),
        release: () => Promise.resolve(),
      } as unknown as Session),
  } as unknown as Runtime;
  const models = ["plain", "OptEmbed", "frequency"].map((method) => ({
    method,
    model: method,
  })) as unknown as Parameters<typeof measureRequests>[0];
  const rows = await measureRequests(models, { sizes: [3, 4], runs: 4, runtime });
  const timed = ran.slice(-12);
  const there = ["plain", "OptEmbed", "frequency"];
  assert.deepEqual(timed, [there, there.toReversed(), there, there.toReversed()].flat());
  assert.deepEqual(rows.map(({ method, runs }) => [method, runs.length]), there.map((method) => [method, 4]));
  for (const { runs, low, median, high } of rows) {
    for (const value of [low, median, high]) assert.ok(runs.includes(value));
  }
});
