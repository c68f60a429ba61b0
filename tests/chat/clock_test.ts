import assert from "node:assert/strict";
import { systemClock } from "../../lib/chat/clock.ts";

Deno.test("a sleep ends with the reason of its signal, at once, and leaves no timer behind", async () => {
  const stop = new AbortController();
  const sleeping = systemClock.sleep(2 ** 31, stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(sleeping, { message: "enough" });
  await assert.rejects(systemClock.sleep(0, stop.signal), { message: "enough" });
});

Deno.test("a sleep is over no earlier than was asked, by the clock's own time, and negative ones at once", async () => {
  const before = systemClock.now();
  await systemClock.sleep(20);
  assert.ok(systemClock.now() - before >= 19);
  await systemClock.sleep(-5);
  assert.ok(Math.abs(systemClock.now() - Date.now()) < 60_000);
});
