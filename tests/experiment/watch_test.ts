import assert from "node:assert/strict";
import { watch } from "../../lib/experiment/watch.ts";

/** Progress that writes down what it is told. */
function heard() {
  const lines: string[] = [];
  return {
    lines,
    progress: {
      start: (title: string, total: number) => Promise.resolve(void lines.push(`${title} of ${total}`)),
      step: (done: number, text?: string) => Promise.resolve(void lines.push(`${done}: ${text ?? ""}`)),
      close: (text?: string) => Promise.resolve(void lines.push(`end: ${text ?? ""}`)),
    },
  };
}

Deno.test("who is at what is told while it lasts, and failures to the end", async () => {
  const { lines, progress } = heard();
  const watcher = await watch(progress, { title: "units", total: 3, seconds: 60 });
  await watcher.started("a", "unit a");
  watcher.note("a", "worker 1", "half");
  watcher.note("gone", "worker 2", "is not heard");
  await watcher.done("a");
  await watcher.started("b", "unit b");
  await watcher.failed("b", "it broke");
  await watcher.close();
  assert.equal(lines[0], "units of 3");
  assert.match(lines[1]!, /^0: about /);
  assert.ok(lines.some((line) => /^0: .*worker 1: unit a \(half\)$/.test(line)), lines.join("\n"));
  assert.ok(lines.every((line) => !line.includes("worker 2")));
  assert.equal(lines.at(-2), "2: 1 failed");
  assert.equal(lines.at(-1), "end: 1 done, 1 failed\n  failed: it broke");
});

Deno.test("where nothing fails, the end has nothing to say", async () => {
  const { lines, progress } = heard();
  const watcher = await watch(progress, { title: "units", total: 1 });
  await watcher.started("a", "unit a");
  await watcher.done("a");
  await watcher.close();
  assert.deepEqual([lines.at(-2), lines.at(-1)], ["1: ", "end: "]);
});
