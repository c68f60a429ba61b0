import { deepEqual, rejects } from "node:assert/strict";
import { newQueue } from "../lib/queue.ts";

Deno.test("tasks run one after another, in the order in which they came", async () => {
  const inTurn = newQueue();
  const seen: string[] = [];
  const task = (name: string, milliseconds: number) =>
    inTurn(async () => {
      seen.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      seen.push(`${name} ends`);
      return name;
    });
  deepEqual(await Promise.all([task("slow", 10), task("quick", 0)]), ["slow", "quick"]);
  deepEqual(seen, ["slow begins", "slow ends", "quick begins", "quick ends"]);
});

Deno.test("a task that fails tells whoever queued it, and the next one runs", async () => {
  const inTurn = newQueue();
  const failed = inTurn(() => Promise.reject(new RangeError("too many")));
  const next = inTurn(() => Promise.resolve(7));
  await rejects(failed, /^RangeError: too many$/);
  deepEqual(await next, 7);
});
