import assert from "node:assert/strict";
import { notebookProgress } from "../../kernels/jupyter/progress.ts";

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
