import { equal, ok } from "node:assert/strict";
import { logistic } from "../../lib/statistics/logistic.ts";

Deno.test("log odds become the probability that has them, without overflow on either side", () => {
  for (const p of [1e-6, 0.2, 0.5, 0.9]) {
    ok(Math.abs(logistic(Math.log(p / (1 - p))) - p) < 1e-15, `p = ${p}`);
  }
  equal(logistic(-1000), 0);
  equal(logistic(1000), 1);
});
