import { strictEqual, throws } from "node:assert/strict";
import * as statistics from "../../lib/statistics/mod.ts";
import { assertClose, REORDERED_FLOAT64 } from "../close.ts";

interface Classification extends Record<"accuracy" | "f1" | "matthews", number> {
  labels: number[];
  predictions: number[];
}

interface Correlation extends Record<"pearson" | "spearman", number> {
  first: number[];
  second: number[];
}

const fixture: { classification: Classification[]; correlation: Correlation[] } = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/statistics.json", import.meta.url)),
);

Deno.test("accuracy, F1 and Matthews' correlation are scikit-learn's", () => {
  for (const { labels, predictions, accuracy, f1, matthews } of fixture.classification) {
    const own = [statistics.accuracy, statistics.f1Score, statistics.matthews]
      .map((metric) => metric(predictions, labels));
    assertClose(own, [accuracy, f1, matthews], REORDERED_FLOAT64);
  }
});

Deno.test("Pearson's and Spearman's correlation are SciPy's, with ties", () => {
  for (const { first, second, pearson, spearman } of fixture.correlation) {
    const own = [statistics.pearson(first, second), statistics.spearman(first, second)];
    assertClose(own, [pearson, spearman], REORDERED_FLOAT64);
  }
});

Deno.test("what nothing can be said of scores 0, not NaN; nothing at all is an error", () => {
  strictEqual(statistics.matthews([1, 1, 1], [0, 1, 0]), 0);
  strictEqual(statistics.f1Score([0, 0], [0, 0]), 0);
  strictEqual(statistics.pearson([2, 2, 2], [1, 2, 3]), 0);
  strictEqual(statistics.spearman([1, 2, 3], [5, 5, 5]), 0);
  throws(() => statistics.accuracy([], []), /at least one/);
  throws(() => statistics.pearson([1, 2], [1]), /2 predictions and 1 labels/);
});
