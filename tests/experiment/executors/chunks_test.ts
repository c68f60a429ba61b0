/** How jobs are shared among array tasks: by properties that hold for any jobs. */
import assert from "node:assert/strict";
import { cutIntoChunks } from "../../../lib/experiment/executors/chunks.ts";
import type { Job } from "../../../lib/experiment/job.ts";

function jobs(seconds: readonly (number | undefined)[]): Job[] {
  return seconds.map((each, i) =>
    ({ name: `${i}`, ...each !== undefined && { seconds: each } }) as unknown as Job
  );
}

const sizes = (chunks: readonly Job[][]) => chunks.map(({ length }) => length);

Deno.test("jobs without estimates are shared equally, none lost, in their order", () => {
  for (const count of [1, 7, 8, 9, 100, 1000]) {
    const all = jobs(Array(count).fill(undefined));
    const { chunks, rest } = cutIntoChunks(all, 8, 1000);
    assert.deepEqual([...chunks.flat(), ...rest], all);
    assert.deepEqual(rest, []);
    assert.ok(Math.max(...sizes(chunks)) <= Math.max(1, count / 8), `${count}: ${sizes(chunks)}`);
    assert.ok(chunks.length <= 16);
  }
  assert.deepEqual(
    sizes(cutIntoChunks(jobs(Array(1000).fill(undefined)), 8, 1000).chunks),
    Array(8).fill(125),
  );
});

Deno.test("a chunk takes ten minutes at most by estimate, or is one job", () => {
  const all = jobs([100, 500, 100, 501, 3600, 1, 1, 1]);
  const { chunks } = cutIntoChunks(all, 1, 1000);
  assert.deepEqual(chunks.map((chunk) => chunk.map(({ seconds }) => seconds)), [[100, 500], [100], [501], [
    3600,
  ], [1, 1, 1]]);
});

Deno.test("there are never more chunks than an array may have: the rest waits", () => {
  const all = jobs(Array(50).fill(600));
  const { chunks, rest } = cutIntoChunks(all, 8, 20);
  assert.deepEqual([chunks.length, rest.length], [20, 30]);
  assert.deepEqual([...chunks.flat(), ...rest], all);
});
