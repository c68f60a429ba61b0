import assert from "node:assert/strict";
import { openLimiter } from "../../lib/chat/limiter.ts";
import { systemClock } from "../../lib/chat/clock.ts";
import { fakeClock } from "./fake_clock.ts";

/** Lets all that can go on go on. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Enters with many requests at once, each leaving at once; says when each got in. */
async function times(limits: Parameters<typeof openLimiter>[0], tokens: number[]): Promise<number[]> {
  const clock = fakeClock();
  const limiter = openLimiter(limits, clock);
  return await Promise.all(tokens.map(async (count) => {
    const leave = await limiter.enter(count);
    const at = clock.now();
    leave();
    return at;
  }));
}

/** Whether no 60 seconds have more than is allowed: counted over every window that ends with a start. */
function fits(at: number[], weight: number[], most: number): boolean {
  return at.every((end) =>
    at.reduce((sum, time, i) => sum + (time > end - 60_000 && time <= end ? weight[i]! : 0), 0) <= most
  );
}

Deno.test("no 60 seconds have more requests or tokens than allowed, and no time is lost", async () => {
  const requests = await times({ requestsPerMinute: 4, concurrency: 100 }, Array(10).fill(1));
  assert.ok(fits(requests, Array(10).fill(1), 4));
  assert.deepEqual(requests, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2].map((minute) => 60_000 * minute));
  const tokens = [50, 30, 40, 10, 90, 20];
  const at = await times({ tokensPerMinute: 100, concurrency: 100 }, tokens);
  assert.ok(fits(at, tokens, 100), `${at}`);
  // 50 + 30; a minute later 40 + 10; then 90; then 20: first come, first served
  assert.deepEqual(at, [0, 0, 60_000, 60_000, 120_000, 180_000]);
});

Deno.test("what was used in the end counts, not what was feared", async () => {
  const clock = fakeClock();
  const limiter = openLimiter({ tokensPerMinute: 100 }, clock);
  (await limiter.enter(100))(5);
  (await limiter.enter(90))();
  assert.equal(clock.now(), 0);
});

Deno.test("requests at a time are bounded, and one that gives up leaves the queue", async () => {
  const limiter = openLimiter({ concurrency: 1 }, fakeClock());
  const order: string[] = [];
  const leave = await limiter.enter(1);
  const controller = new AbortController();
  const gone = limiter.enter(1, controller.signal).catch(() => order.push("gave up"));
  const next = limiter.enter(1).then(() => order.push("next"));
  await settle();
  assert.deepEqual([order, limiter.load], [[], 3]); // one runs and two wait
  controller.abort();
  await gone;
  leave();
  leave(); // twice is once
  await next;
  assert.deepEqual([order, limiter.load], [["gave up", "next"], 1]);
});

Deno.test("nobody gets in during a pause", async () => {
  const clock = fakeClock();
  const limiter = openLimiter({}, clock);
  limiter.pause(5000);
  assert.equal(limiter.waitMs(), 5000);
  (await limiter.enter(1))();
  assert.equal(clock.now(), 5000);
});

Deno.test("a pause longer than may be waited turns away who waits and who comes, until it is over", async () => {
  const clock = fakeClock();
  const limiter = openLimiter({ concurrency: 1 }, clock, 10_000);
  const leave = await limiter.enter(1);
  const waiting = assert.rejects(limiter.enter(1), { kind: "busy", retryAfterMs: 10_001 });
  limiter.pause(10_001);
  await waiting;
  leave();
  await assert.rejects(limiter.enter(1), { kind: "busy" });
  assert.deepEqual([clock.slept, limiter.pauseMs(), limiter.load], [[], 10_001, 0]);
  await clock.sleep(1);
  (await limiter.enter(1))(); // the rest of it may be waited
  assert.deepEqual([clock.now(), limiter.pauseMs()], [10_001, 0]);
});

Deno.test("load is what runs and waits, over what may run at a time", async () => {
  const [one, eight] = [1, 8].map((concurrency) => openLimiter({ concurrency }, fakeClock()));
  await one!.enter(1);
  await eight!.enter(1);
  assert.deepEqual([one!.load, eight!.load], [1, 1 / 8]);
});

Deno.test("no timer is left behind by who gave up, and who comes next waits for itself alone", async () => {
  const asleep = new Set<number>();
  const clock = {
    ...systemClock,
    async sleep(ms: number, signal?: AbortSignal) {
      asleep.add(ms);
      await systemClock.sleep(ms, signal).finally(() => asleep.delete(ms));
    },
  };
  const limiter = openLimiter({ tokensPerMinute: 100 }, clock);
  (await limiter.enter(60))();
  const controller = new AbortController();
  const gone = assert.rejects(limiter.enter(50, controller.signal));
  const next = limiter.enter(10); // there is room for it, behind one for which there is none
  await settle();
  assert.equal(asleep.size, 1);
  controller.abort();
  await gone;
  await settle();
  assert.equal(asleep.size, 0);
  (await next)();
});

Deno.test("limits that cannot be are refused", () => {
  assert.throws(
    () => openLimiter({ concurrency: 0 }, fakeClock()),
    /expected concurrency of 1 or more, found 0/,
  );
  assert.throws(() => openLimiter({ tokensPerMinute: NaN }, fakeClock()), /expected tokensPerMinute/);
});
