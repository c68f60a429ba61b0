import { strictEqual, throws } from "node:assert/strict";
import { accuracy, f1Score, matthews } from "../../lib/statistics/classification.ts";
import { assertClose, REORDERED_FLOAT64 } from "../close.ts";
import { scipy } from "./scipy.ts";

Deno.test("accuracy, F1 and Matthews' correlation are scikit-learn's", () => {
  for (const { labels, predictions, ...expected } of scipy.classification) {
    const own = [accuracy, f1Score, matthews].map((metric) => metric(predictions, labels));
    assertClose(own, [expected.accuracy, expected.f1, expected.matthews], REORDERED_FLOAT64);
  }
});

Deno.test("what nothing can be said of scores 0, not NaN; nothing at all is an error", () => {
  strictEqual(matthews([1, 1, 1], [0, 1, 0]), 0);
  strictEqual(f1Score([0, 0], [0, 0]), 0);
  throws(() => accuracy([], []), /at least one/);
});
