import { deepStrictEqual, ok, throws } from "node:assert/strict";
import { aucInterval } from "../../lib/statistics/auc.ts";
import { deviation, mean, quantile } from "../../lib/statistics/describe.ts";
import {
  bootstrapInterval,
  differenceInterval,
  type Interval,
  meanInterval,
  wilsonInterval,
} from "../../lib/statistics/intervals.ts";
import { assertClose, REORDERED_FLOAT64 as CLOSE } from "../close.ts";
import { scipy } from "./scipy.ts";

const ends = ({ low, high }: Interval) => [low, high];

Deno.test("intervals of means and of differences are SciPy's", () => {
  for (const { values, interval, interval90 } of scipy.paired) {
    assertClose(ends(meanInterval(values)), interval, CLOSE, "interval");
    assertClose(ends(meanInterval(values, { level: 0.9 })), interval90, CLOSE, "interval of 90 %");
  }
  for (const { first, second, interval } of scipy.welch) {
    assertClose(ends(differenceInterval(first, second)), interval, CLOSE, "interval of a difference");
  }
});

Deno.test("Wilson's interval is SciPy's", () => {
  for (const { hits, trials, interval } of scipy.wilson) {
    assertClose(ends(wilsonInterval(hits, trials)), interval, CLOSE, `${hits} of ${trials}`);
  }
});

Deno.test("the bootstrap's interval is that of all resamples, and SciPy's but for the draws", () => {
  // Of three values there are 27 resamples: their quantiles are exact.
  const values = [1, 2, 6];
  const all = values.flatMap((a) => values.flatMap((b) => values.map((c) => (a + b + c) / 3)));
  const own = bootstrapInterval(values, mean, { level: 0.8, resamples: 20_000, seed: 3 });
  assertClose(ends(own), [quantile(all, 0.1), quantile(all, 0.9)], CLOSE, "of 27");
  const sample = scipy.paired[3]!.values;
  const drawn = ends(bootstrapInterval(sample, mean, { resamples: 40_000 }));
  const error = 0.03 * deviation(sample);
  drawn.forEach((end, i) => ok(Math.abs(end - scipy.bootstrap[i]!) < error, `${drawn}, ${scipy.bootstrap}`));
});

Deno.test("too few values have no spread, and every interval knows it", () => {
  deepStrictEqual(ends(meanInterval([1])), [-Infinity, Infinity]);
  deepStrictEqual(ends(differenceInterval([1], [1, 2])), [-Infinity, Infinity]);
  deepStrictEqual(ends(bootstrapInterval([1], mean)), [-Infinity, Infinity]);
  deepStrictEqual(ends(wilsonInterval(0, 0)), [0, 1]);
});

Deno.test("a level that is none is refused by every interval", () => {
  for (const level of [95, 1, 0, -0.5, NaN]) {
    const refused = {
      message: new RegExp(`^Cannot give an interval with level ${level}: expected a number above 0`),
    };
    throws(() => meanInterval([1, 2, 3], { level }), refused);
    throws(() => differenceInterval([1, 2], [2, 4], { level }), refused);
    throws(() => bootstrapInterval([1, 2, 3], mean, { level }), refused);
    throws(() => wilsonInterval(1, 3, { level }), refused);
    throws(() => aucInterval([1, 2, 3], [0, 1, 0], { level }), refused);
  }
  throws(
    () => bootstrapInterval([1, 2], mean, { resamples: 0 }),
    /resamples 0: expected a whole number from 1/,
  );
});
