import { strictEqual, throws } from "node:assert/strict";
import { pearson, spearman } from "../../lib/statistics/correlation.ts";
import { assertClose, REORDERED_FLOAT64 } from "../close.ts";
import { scipy } from "./scipy.ts";

Deno.test("Pearson's and Spearman's correlation are SciPy's, with ties", () => {
  for (const { first, second, ...expected } of scipy.correlation) {
    const own = [pearson(first, second), spearman(first, second)];
    assertClose(own, [expected.pearson, expected.spearman], REORDERED_FLOAT64);
  }
});

Deno.test("what nothing can be said of scores 0, not NaN; unequal lists are an error", () => {
  strictEqual(pearson([2, 2, 2], [1, 2, 3]), 0);
  strictEqual(spearman([1, 2, 3], [5, 5, 5]), 0);
  throws(() => pearson([1, 2], [1]), /2 predictions and 1 labels/);
});

Deno.test("ranks of what is no number are refused", () => {
  throws(() => spearman([NaN, 1, 2], [1, 2, 3]), /^RangeError: Cannot rank values with NaN at place 0/);
});
