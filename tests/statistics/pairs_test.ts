import { deepEqual } from "node:assert/strict";
import { meansBy, pairedBy } from "../../lib/statistics/pairs.ts";

Deno.test("pairs are of one key, and what has no partner is in none", () => {
  const first = [{ seed: 2, a: 1 }, { seed: 0, a: 2 }, { seed: 3, a: 3 }];
  const second = [{ seed: 0, b: 4 }, { seed: 1, b: 5 }, { seed: 2, b: 6 }];
  const pairs = pairedBy(first, second, ({ seed }) => seed);
  deepEqual(pairs.map(([{ a }, { b }]) => [a, b]), [[1, 6], [2, 4]]);
  deepEqual(pairedBy(first, [], ({ seed }) => seed), []);
});

Deno.test("several rows of a key have one partner", () => {
  const orders = [{ seed: 0, order: "a" }, { seed: 0, order: "b" }];
  const pairs = pairedBy(orders, [{ seed: 0, order: "" }, { seed: 0, order: "later" }], ({ seed }) => seed);
  deepEqual(pairs.map((pair) => pair.map(({ order }) => order)), [["a", ""], ["b", ""]]);
});

Deno.test("means by key are the same as of each key's rows alone", () => {
  const rows = [{ seed: 1, x: 4 }, { seed: 0, x: 1 }, { seed: 1, x: 8 }, { seed: 2, x: NaN }];
  const means = meansBy(rows, ({ seed }) => seed, ({ x }) => Number.isNaN(x) ? undefined : x);
  deepEqual([...means], [[1, 6], [0, 1]]);
});
