import assert from "node:assert/strict";
import { untilEnded } from "../../lib/chat/until_ended.ts";

const never = new Promise<never>(() => {});

Deno.test("a wait ends with what it waits for, or with its signal, whichever is first", async () => {
  const stop = new AbortController();
  for (const signal of [undefined, stop.signal]) {
    assert.equal(await untilEnded(Promise.resolve(7), signal), 7);
    await assert.rejects(untilEnded(Promise.reject(new TypeError("wrong")), signal), /^TypeError: wrong$/);
  }
  const waiting = untilEnded(never, stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, { kind: "aborted", message: "The call was aborted: enough" });
  await assert.rejects(untilEnded(never, stop.signal), { kind: "aborted" });
  const late = AbortSignal.abort(new DOMException("late", "TimeoutError"));
  await assert.rejects(untilEnded(never, late), { kind: "deadline" });
});
