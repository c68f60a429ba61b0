import assert from "node:assert/strict";
import { letOthersIn } from "../../lib/runtime/let_others_in.ts";

Deno.test("a timer has its turn where the thread was held for long, and none right after it", async () => {
  const { now } = performance;
  let time = now.call(performance);
  performance.now = () => time;
  try {
    const turns: string[] = [];
    const next = (name: string) =>
      new Promise<void>((done) => setTimeout(() => done(void turns.push(name)), 0));
    time += 10_000;
    const first = next("first");
    await letOthersIn();
    assert.deepEqual(turns, ["first"]);
    const second = next("second");
    time += 100;
    await letOthersIn();
    assert.deepEqual(turns, ["first"]);
    time += 200;
    await letOthersIn();
    assert.deepEqual(turns, ["first", "second"]);
    await Promise.all([first, second]);
  } finally {
    performance.now = now;
  }
});
