import assert from "node:assert/strict";
import { later } from "../../kernels/jupyter/later.ts";

Deno.test("a place that is held is filled from a later cell, under its own name", async () => {
  const shown: [value: unknown, options: Record<string, unknown>][] = [];
  const kernel = {
    display: (value: unknown, options: Record<string, unknown> = {}) => {
      shown.push([value, options]);
      return Promise.resolve();
    },
  };
  const [first, second] = [await later("soon", kernel), await later("later", kernel)];
  await second.show("b");
  await first.show("a");
  const [held, other, filled, last] = shown;
  assert.deepEqual(held![0], { "text/plain": "soon", "text/html": "<em>soon</em>" });
  assert.notEqual(held![1].display_id, other![1].display_id);
  assert.deepEqual(filled, ["b", { display_id: other![1].display_id, update: true }]);
  assert.deepEqual(last, ["a", { display_id: held![1].display_id, update: true }]);
});
