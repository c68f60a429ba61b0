import assert from "node:assert/strict";
import { comparePredictions, predictionsOf, scorePredictions } from "../../lib/text/metrics.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

Deno.test("a model that answers one class is told from one that looks: WNLI's 56.34 %", () => {
  // The development set: 40 of 71 labels are 0.
  const labels = Array.from({ length: 71 }, (_, i) => i < 40 ? 0 : 1);
  const constant = scorePredictions("accuracy", labels.map(() => 0), labels);
  assert.equal((100 * constant.value).toFixed(2), "56.34");
  assert.equal(constant.majority, constant.value);
  assert.deepEqual([constant.histogram, constant.labels], [[71, 0], [40, 31]]);
  assert.ok(constant.collapsed);
  const looking = scorePredictions(
    "accuracy",
    labels.map((label, i) => i % 4 === 0 ? 1 - label : label),
    labels,
  );
  assert.ok(!looking.collapsed);
  assert.ok(looking.interval.low < looking.value && looking.value < looking.interval.high);
});

Deno.test("the interval of an accuracy is the binomial's, within what the bootstrap tells", () => {
  const labels = Array.from({ length: 400 }, (_, i) => i % 2);
  const predictions = labels.map((label, i) => i % 5 === 0 ? 1 - label : label);
  const { value, interval } = scorePredictions("accuracy", predictions, labels);
  const error = 1.96 * Math.sqrt(value * (1 - value) / 400);
  assert.ok(Math.abs(interval.low - (value - error)) < 0.1 * error, `${interval.low}`);
  assert.ok(Math.abs(interval.high - (value + error)) < 0.1 * error, `${interval.high}`);
});

Deno.test("of a regression nothing is counted, and a constant foretells nothing", () => {
  const score = scorePredictions("spearman", [0.1, 0.4, 3.2, 2.5], [0, 1, 4.5, 5]);
  assert.deepEqual([score.majority, score.histogram, score.collapsed], [0, [], false]);
});

Deno.test("flipped examples, and McNemar's test of who won them", () => {
  const labels = [0, 1, 0, 1, 2, 2];
  const change = comparePredictions([0, 1, 1, 0, 2, 0], [0, 0, 0, 1, 2, 1], labels);
  assert.deepEqual(change, { flipped: 4, onlyFirst: 1, onlySecond: 2, p: 1 });
  assert.throws(() => comparePredictions([0], [0, 1], [0, 1]), /1 and 2 predictions on 2 labels/);
});

Deno.test("predictions are the largest logit, the lower of equals, and the number of a regression", () => {
  assert.deepEqual(predictionsOf(float32([1, 3, 2, 5, 0, 5], [2, 3])), [1, 0]);
  assert.deepEqual(predictionsOf(float32([0.5, 2], [2, 1])), [0.5, 2]);
});

Deno.test("a class that is none is an error", () => {
  assert.throws(() => scorePredictions("accuracy", [0, 3], [0, 1], { classes: 2 }), /class 3 of example 1/);
});

Deno.test("a metric that is none is told with those that there are", () => {
  for (const metric of ["acuracy", "toString"]) {
    assert.throws(
      () => scorePredictions(metric as "accuracy", [0], [0]),
      /^RangeError: Cannot score predictions with metric "\w+": expected "accuracy", .* or "spearman"$/,
    );
  }
});

Deno.test("a row that holds what is no number has no class, and is named", () => {
  assert.throws(
    () => predictionsOf(float32([1, 3, NaN, 2], [2, 2])),
    /^RangeError: Cannot take row 1 of logits for an answer with NaN at place 0: expected numbers/,
  );
  assert.throws(() => predictionsOf(float32([1, NaN], [2, 1])), /row 1 of logits .* with NaN/);
});
