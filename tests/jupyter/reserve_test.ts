import assert from "node:assert/strict";
import { reserve } from "../../kernels/jupyter/show.ts";

Deno.test("a place that was kept in a cell's output takes the value that comes later", async () => {
  const shown: { value: unknown; options: { display_id?: string; update?: boolean } }[] = [];
  const kernel = {
    display: (value: unknown, options = {}) => Promise.resolve(void shown.push({ value, options })),
  };
  const [first, second] = [await reserve("soon", kernel), await reserve("later", kernel)];
  await second(2);
  await first(1);
  const ids = shown.map(({ options }) => options.display_id);
  assert.deepEqual(shown.map(({ value }) => value), [
    { "text/plain": "soon" },
    { "text/plain": "later" },
    2,
    1,
  ]);
  assert.deepEqual([ids[2], ids[3]], [ids[1], ids[0]]);
  assert.notEqual(ids[0], ids[1]);
  assert.deepEqual(shown.map(({ options }) => options.update ?? false), [false, false, true, true]);
});
