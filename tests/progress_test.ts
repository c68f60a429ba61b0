import assert from "node:assert/strict";
import { begin, duration, named, sentence, silent, textProgress } from "../lib/progress.ts";

Deno.test("durations are said as people say them, each unit up to the next", () => {
  const said: readonly [number, string][] = [
    [0.44, "0.4 s"],
    [9.96, "10 s"],
    [59.4, "59 s"],
    [59.6, "1 min 0 s"],
    [60, "1 min 0 s"],
    [200, "3 min 20 s"],
    [3600, "1 h 0 min"],
    [3900, "1 h 5 min"],
    [172_000, "47 h 47 min"],
    [4 * 86_400, "4 days"],
    [730 * 86_400, "2 years"],
  ];
  for (const [seconds, words] of said) assert.equal(duration(seconds), words);
});

Deno.test("work that ended says how long it took, and one of several says which it is", () => {
  const state = { ...begin("tuning", 1000, 0), done: 500 };
  assert.equal(sentence(state, 2000), "tuning: 500/1,000, 2.0 s left");
  assert.equal(sentence({ ...state, closed: true }, 2000), "tuning: 500/1,000, 2.0 s");
  assert.equal(sentence(begin("tuning", 10, 0), 2000), "tuning: 0/10");
  const titles: string[] = [];
  named({ ...silent, start: (title) => void titles.push(title) }, "l1 at 50 %").start("Training resnet20", 2);
  assert.deepEqual(titles, ["Training resnet20, l1 at 50 %"]);
});

Deno.test("in a terminal: a line a second, always the last, nothing overwritten", async () => {
  const lines: string[] = [];
  let now = 0;
  const progress = textProgress((line) => lines.push(line), () => now);
  await progress.start("fine-tuning", 10);
  for (let i = 1; i <= 10; i++) {
    now += 400;
    await progress.step(i, `loss ${1 / i}`);
  }
  await progress.close("best 92.1 %");
  assert.equal(lines[0], "fine-tuning: 1/10, loss 1, 3.6 s left");
  assert.equal(lines.at(-2), "fine-tuning: 10/10, loss 0.1, 4.0 s");
  assert.equal(lines.at(-1), "fine-tuning: best 92.1 %");
  assert.equal(lines.length, 5); // at 0.4, 1.6, 2.8 and 4 s, and the last word
  assert.doesNotMatch(lines.join(""), /[\r\n]/);
});

Deno.test("a finished bar says which of several runs it was", async () => {
  const lines: string[] = [];
  const progress = textProgress((line) => lines.push(line), () => 0);
  for (const which of ["l1 at 50 %", "random at 50 %"]) {
    const own = named(progress, which);
    await own.start("Training resnet20", 2);
    await own.step(2, "loss 0.4");
    await own.close("best 92.1 %");
  }
  assert.deepEqual(lines, [
    "Training resnet20, l1 at 50 %: 2/2, loss 0.4, 0.0 s",
    "Training resnet20, l1 at 50 %: best 92.1 %",
    "Training resnet20, random at 50 %: 2/2, loss 0.4, 0.0 s",
    "Training resnet20, random at 50 %: best 92.1 %",
  ]);
});
