import assert from "node:assert/strict";
import type { CacheSlot } from "../../lib/lm/graphs.ts";
import { emptyCache, nextCache } from "../../lib/lm/step_cache.ts";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { bytesOf, floats } from "../../lib/tensor/arrays.ts";

const slot = (name: string, gives: "all" | "new"): CacheSlot => ({
  past: `past.${name}`,
  present: `present.${name}`,
  gives,
  type: "float32",
  dims: gives === "new" ? [1, 0, 2, 3] : [1, 2, 0, 3],
});

Deno.test("a cache has the tokens of all steps, in memory that grows by blocks, and what came is given back", () => {
  const slots = [slot("a", "new"), slot("b", "new")];
  let cache = emptyCache(slots);
  const expected: Record<string, number[]> = { a: [], b: [] };
  const memory = new Set<ArrayBuffer>();
  let next = 0;
  for (const tokens of [1, 100, 27, 1, 300]) {
    const arrays: Float32Array[] = [];
    const outputs = Object.fromEntries(["a", "b"].map((name) => {
      const numbers = Array.from({ length: tokens * 6 }, () => next++);
      expected[name]!.push(...numbers);
      arrays.push(Float32Array.from(numbers));
      return [`present.${name}`, new Tensor("float32", arrays.at(-1)!, [1, tokens, 2, 3])];
    }));
    cache = nextCache(slots, cache, outputs);
    const length = expected.a!.length / 6;
    for (const name of ["a", "b"]) {
      assert.deepEqual(cache[`past.${name}`]!.dims, [1, length, 2, 3]);
      assert.deepEqual([...floats(cache[`past.${name}`]!)], expected[name]);
    }
    assert.deepEqual(arrays.map(({ length }) => length), [0, 0]);
    memory.add(bytesOf(cache["past.a"]!).buffer);
  }
  assert.equal(memory.size, 3, "128 tokens, then 256, then 512");
});

Deno.test("a cache that a step gives whole is taken as it is, and the one before is given back", () => {
  const slots = [slot("a", "all")];
  const before = emptyCache(slots);
  assert.deepEqual(before["past.a"]!.dims, [1, 2, 0, 3]);
  const numbers = new Float32Array(6);
  const first = new Tensor("float32", numbers, [1, 2, 1, 3]);
  const cache = nextCache(slots, before, { "present.a": first });
  assert.equal(cache["past.a"], first);
  nextCache(slots, cache, { "present.a": new Tensor("float32", new Float32Array(12), [1, 2, 2, 3]) });
  assert.equal(numbers.length, 0);
});
