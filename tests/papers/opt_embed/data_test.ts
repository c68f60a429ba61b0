import assert from "node:assert/strict";
import { countIds } from "../../../lib/ctr/clicks.ts";
import {
  bayesScore,
  countTruth,
  dataName,
  keptByFrequency,
  logOf,
} from "../../../lib/papers/opt_embed/data.ts";

const spec = { source: "synthetic", scale: 1, rows: [2000, 500, 500] } as const;

Deno.test("kept rows are counted once, by what is true of them and by how often they are looked up", () => {
  const log = logOf(spec, 4);
  const kept = log.truth.map((_, row) => Number(row % 3 === 0));
  const byTruth = countTruth(log.truth, kept);
  assert.equal(Object.values(byTruth).reduce((sum, { count }) => sum + count, 0), 1030);
  assert.equal(Object.values(byTruth).reduce((sum, { kept }) => sum + kept, 0), kept.reduce((a, b) => a + b));
  const bins = keptByFrequency(log, log.truth, kept);
  for (const [truth, { kept, count }] of Object.entries(byTruth)) {
    const own = bins.filter((bin) => bin.truth === truth);
    assert.deepEqual([
      own.reduce((sum, bin) => sum + bin.kept, 0),
      own.reduce((sum, bin) => sum + bin.count, 0),
    ], [kept, count]);
  }
  const never = [...countIds(log.train)].filter((count) => count === 0).length;
  assert.equal(bins.filter(({ from }) => from === 0).reduce((sum, bin) => sum + bin.count, 0), never);
  assert.ok(bins.every(({ from }) => from === 0 || Number.isInteger(Math.log2(from))));
  assert.deepEqual(bins.map(({ from }) => from), bins.map(({ from }) => from).toSorted((a, b) => a - b));
});

Deno.test("true probabilities are better than chance, and the log's name says how much it is", () => {
  const { auc, logLoss } = bayesScore(logOf(spec, 4));
  assert.ok(auc > 0.7 && auc < 1 && logLoss > 0 && logLoss < Math.log(2));
  assert.equal(dataName({ ...spec, scale: 2 }), "synthetic log, 2,060 ids, 2,000 rows");
});
