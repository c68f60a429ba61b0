import assert from "node:assert/strict";
import { countIds, toClickExamples } from "../../lib/ctr/clicks.ts";
import { scoreLogits } from "../../lib/ctr/predict.ts";
import { type SyntheticLog, syntheticLog, type SyntheticLogOptions } from "../../lib/ctr/synthetic_log.ts";

const log = syntheticLog({ seed: 1 });

Deno.test("the synthetic log has the rows, rates and truths it is described by", () => {
  assert.equal(log.truth.length, 1030);
  const count = (truth: string) => log.truth.filter((one) => one === truth).length;
  assert.deepEqual(
    [count("live"), count("dead"), count("linear-only"), count("rare"), count("noise")],
    [156, 120, 24, 400, 330],
  );
  assert.deepEqual([log.train, log.validation, log.test].map(({ labels }) => labels.length), [
    80_000,
    20_000,
    20_000,
  ]);
  const rate = log.train.labels.reduce((sum, one) => sum + one, 0) / 80_000;
  assert.ok(rate > 0.26 && rate < 0.33, `a click rate of ${rate}`);
  const counts = countIds(log.train);
  const rare = counts.filter((_, row) => log.truth[row] === "rare");
  const mean = rare.reduce((a, b) => a + b) / rare.length;
  assert.ok(Math.abs(mean - 4) < 0.4, `rare values come ${mean} times`);
  // Zipf's law: the first value of a comes 2^0.8 times as often as the second.
  assert.ok(Math.abs(counts[0]! / counts[1]! - 2 ** 0.8) < 0.1);
});

Deno.test("clicks follow the probabilities that are told", () => {
  const { probabilities, test: { labels } } = log;
  const bins = Array.from({ length: 10 }, () => ({ clicks: 0, expected: 0, variance: 0 }));
  probabilities.forEach((p, row) => {
    const bin = bins[Math.min(9, Math.floor(10 * p))]!;
    bin.clicks += labels[row]!;
    bin.expected += p;
    bin.variance += p * (1 - p);
  });
  for (const { clicks, expected, variance } of bins) {
    assert.ok(
      Math.abs(clicks - expected) < 4 * Math.sqrt(variance),
      `${clicks} clicks, expected ${expected}`,
    );
  }
  const { auc } = scoreLogits(probabilities.map((p) => Math.log(p / (1 - p))), labels);
  assert.ok(auc > 0.81 && auc < 0.86, `${auc}`);
});

Deno.test("the same seed gives the same log, another seed another one", () => {
  const rows = [500, 100, 100] as const;
  assert.deepEqual(syntheticLog({ seed: 4, rows }), syntheticLog({ seed: 4, rows }));
  assert.notDeepEqual(syntheticLog({ seed: 4, rows }).train.ids, syntheticLog({ seed: 5, rows }).train.ids);
});

Deno.test("fields grow by whole numbers, and what is no number of ids or rows is refused", () => {
  const rows = [500, 100, 100] as const;
  const sizes = ({ fields }: SyntheticLog) => fields.map(({ size }) => size);
  assert.deepEqual(
    sizes(syntheticLog({ seed: 1, scale: 3, rows })),
    sizes(log).map((size) => 3 * size),
  );
  const refusals: [options: Partial<SyntheticLogOptions>, given: string][] = [
    [{ scale: 0.25 }, "scale 0.25"],
    [{ scale: 0 }, "scale 0"],
    [{ scale: NaN }, "scale NaN"],
    [{ rows: [-1, 100, 100] }, "train -1"],
    [{ rows: [500, 0.5, 100] }, "validation 0.5"],
    [{ rows: [500, 100, NaN] }, "test NaN"],
  ];
  for (const [options, given] of refusals) {
    assert.throws(() => syntheticLog({ seed: 1, ...options }), {
      name: "RangeError",
      message: `Cannot draw a log with ${given}: expected a whole number from 1`,
    });
  }
});

Deno.test("a log that contradicts itself is refused, with the row", () => {
  const fields = [{ name: "site", size: 3 }, { name: "hour", size: 24 }];
  const read = (ids: number[], labels: number[]) => () =>
    toClickExamples({ fields, ids: Int32Array.from(ids), labels: Uint8Array.from(labels) });
  assert.throws(read([0, 1, 2, 24], [0, 1]), /row 1 has id 24 in field "hour", expected 0 to 23/);
  assert.throws(read([0, 1, -1, 2], [0, 1]), /row 1 has id -1 in field "site"/);
  assert.throws(
    read([0, 1, 2], [0, 1]),
    /2 labels and 3 ids: expected 2 ids, one for each field, for each label/,
  );
});
