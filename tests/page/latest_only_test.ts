import assert from "node:assert/strict";
import { latestOnly } from "../../lib/page/latest_only.ts";

Deno.test("while one request is worked on, only the last of those that come is done after it", async () => {
  const done: number[] = [];
  const ends: (() => void)[] = [];
  const ask = latestOnly<number>((request) => {
    done.push(request);
    return new Promise((resolve) => ends.push(resolve));
  });
  const turn = () => new Promise((resolve) => setTimeout(resolve));
  for (const request of [1, 2, 3, 4]) ask(request);
  assert.deepEqual(done, [1]);
  ends.shift()!();
  await turn();
  assert.deepEqual(done, [1, 4]);
  ends.shift()!();
  await turn();
  ask(5);
  assert.deepEqual(done, [1, 4, 5]);
  ends.shift()!();
});
