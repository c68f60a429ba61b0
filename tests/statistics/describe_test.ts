import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { deviation, mean, quantile, summarize } from "../../lib/statistics/describe.ts";
import { assertClose, REORDERED_FLOAT64 as CLOSE } from "../close.ts";

Deno.test("mean and deviation of 1 to n are (n + 1) / 2 and √(n (n + 1) / 12), wherever they lie", () => {
  for (const n of [2, 5, 100]) {
    const values = Array.from({ length: n }, (_, i) => i + 1);
    assertClose([mean(values), deviation(values)], [(n + 1) / 2, Math.sqrt(n * (n + 1) / 12)], CLOSE);
    assertClose([deviation(values.map((value) => value - 1000))], [deviation(values)], CLOSE);
  }
  deepStrictEqual(summarize([1, 3]), { mean: 2, deviation: Math.SQRT2, count: 2 });
});

Deno.test("quantiles lie between the values that stand around their place, whatever the order", () => {
  const values = [30, 0, 10, 20];
  deepStrictEqual([0, 0.25, 0.5, 0.9, 1].map((p) => quantile(values, p)), [0, 7.5, 15, 27, 30]);
  deepStrictEqual(values, [30, 0, 10, 20]);
  throws(() => quantile([], 0.5), { message: "Cannot take a quantile: expected some values, found none" });
});

Deno.test("of too few values there is no mean, and no deviation", () => {
  ok(Number.isNaN(deviation([1])) && Number.isNaN(mean([])));
});

Deno.test("values that are the same have that mean, and no deviation", () => {
  for (const value of [0.7, 0.1, -1e300, 1 / 3, Infinity]) {
    for (const count of [1, 3, 7, 10]) strictEqual(mean(new Array<number>(count).fill(value)), value);
  }
  deepStrictEqual(summarize([0.7, 0.7, 0.7]), { mean: 0.7, deviation: 0, count: 3 });
  strictEqual(mean([-0, -0]), 0);
});
