import assert from "node:assert/strict";
import { notebookProgress, textProgress } from "../../kernels/jupyter/progress.ts";
import { duration, named } from "../../lib/progress.ts";

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

Deno.test("in a notebook: one display, updated at most five times a second, text beside", async () => {
  const calls: { bundle: Record<string, string>; id: string; update: boolean }[] = [];
  let now = 0;
  const kernel = {
    display(value: unknown, { display_id, update }: { display_id?: string; update?: boolean } = {}) {
      calls.push({ bundle: value as Record<string, string>, id: display_id!, update: update! });
      return Promise.resolve();
    },
  };
  const progress = notebookProgress(kernel, () => now);
  await progress.start("a <b>", 100);
  for (let i = 1; i <= 100; i++) {
    now += 10;
    await progress.step(i);
  }
  await progress.close();
  assert.deepEqual(calls.map(({ update }) => update), [false, ...Array(calls.length - 1).fill(true)]);
  assert.equal(new Set(calls.map(({ id }) => id)).size, 1);
  assert.equal(calls.length, 7); // start, five in the second (the fifth is the last step), close
  assert.equal(calls.at(-1)!.bundle["text/plain"], "a <b>: 100/100, 1.0 s");
  assert.match(calls.at(-1)!.bundle["text/html"]!, /a &#60;b&#62;: 100\/100/);
});

Deno.test("durations as people say them", () => {
  const said = [0.44, 9.96, 59.4, 59.6, 200, 3900].map(duration);
  assert.deepEqual(said, ["0.4 s", "10 s", "59 s", "1 min 0 s", "3 min 20 s", "1 h 5 min"]);
});
