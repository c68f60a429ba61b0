import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { deviation, mean, quantile } from "../../lib/statistics/describe.ts";
import {
  binomialCdf,
  incompleteBeta,
  logGamma,
  normalCdf,
  normalQuantile,
  studentCdf,
  studentQuantile,
} from "../../lib/statistics/distributions.ts";
import { cohensD, hedgesG } from "../../lib/statistics/effect_size.ts";
import {
  bootstrapInterval,
  differenceInterval,
  type Interval,
  meanInterval,
  wilsonInterval,
} from "../../lib/statistics/intervals.ts";
import { mcNemarTest, pairedTTest, signFlipTest, welchTTest } from "../../lib/statistics/tests.ts";
import { assertClose, REORDERED_FLOAT64 } from "../close.ts";

type Pair = [number, number];

/** What SciPy computes: see `make_statistics_fixture.py`. */
const scipy: {
  points: number[];
  shares: number[];
  student: { degrees: number; cdf: number[]; quantile: number[] }[];
  normal: { cdf: number[]; quantile: number[] };
  paired: { values: number[]; t: number; p: number; flips: number; interval: Pair; interval90: Pair }[];
  welch: { first: number[]; second: number[]; t: number; degrees: number; p: number; interval: Pair }[];
  wilson: { hits: number; trials: number; interval: Pair }[];
  mcnemar: { first: number; second: number; p: number }[];
  binomial: { hits: number; trials: number; p: number; cdf: number }[];
  bootstrap: Pair;
} = JSON.parse(Deno.readTextFileSync(new URL("../fixtures/statistics.json", import.meta.url)));

/** Tails of 1e-300 keep their digits too: only the relative error counts. */
const TAILS = { absolute: 0, relative: 1e-10 };
const CLOSE = REORDERED_FLOAT64;
const ends = ({ low, high }: Interval) => [low, high];

Deno.test("Student's and the normal distribution are SciPy's, in the tails too", () => {
  for (const { degrees, cdf, quantile } of scipy.student) {
    assertClose(scipy.points.map((t) => studentCdf(t, degrees)), cdf, TAILS, `cdf, ${degrees}`);
    assertClose(
      scipy.shares.map((p) => studentQuantile(p, degrees)),
      quantile,
      CLOSE,
      `quantile, ${degrees}`,
    );
  }
  assertClose(scipy.points.map(normalCdf), scipy.normal.cdf, TAILS, "normal cdf");
  assertClose(scipy.shares.map(normalQuantile), scipy.normal.quantile, CLOSE, "normal quantile");
  for (const { hits, trials, p, cdf } of scipy.binomial) {
    assertClose([binomialCdf(hits, trials, p)], [cdf], TAILS, `binomial ${hits} of ${trials}`);
  }
});

Deno.test("closed forms: Γ of whole and half numbers, Cauchy's distribution, I_x(1, b)", () => {
  assertClose(
    [1, 2, 5, 11, 0.5, 171].map(logGamma),
    [
      0,
      0,
      Math.log(24),
      Math.log(3628800),
      Math.log(Math.PI) / 2,
      Array.from({ length: 170 }, (_, i) => Math.log(i + 1)).reduce((a, b) => a + b),
    ],
    CLOSE,
    "log Γ",
  );
  const xs = [-7, -0.5, 0, 3];
  assertClose(xs.map((x) => studentCdf(x, 1)), xs.map((x) => 0.5 + Math.atan(x) / Math.PI), CLOSE, "Cauchy");
  assertClose([incompleteBeta(0.3, 1, 4)], [1 - 0.7 ** 4], CLOSE, "I_x(1, b)");
});

Deno.test("paired tests and intervals are SciPy's, the sign flips counted in full", () => {
  for (const { values, t, p, flips, interval, interval90 } of scipy.paired) {
    const own = pairedTTest(values);
    assertClose([own.statistic, own.p], [t, p], CLOSE, "t test");
    assertClose([signFlipTest(values).p], [flips], CLOSE, "sign flips");
    assertClose(ends(meanInterval(values)), interval, CLOSE, "interval");
    assertClose(ends(meanInterval(values, { level: 0.9 })), interval90, CLOSE, "interval of 90 %");
  }
  for (const { first, second, t, degrees, p, interval } of scipy.welch) {
    const own = welchTTest(first, second);
    assertClose([own.statistic, own.degrees, own.p], [t, degrees, p], CLOSE, "Welch");
    assertClose(ends(differenceInterval(first, second)), interval, CLOSE, "interval of a difference");
  }
});

Deno.test("drawn sign flips come near the p of all of them, and are the same for the same seed", () => {
  const values = Array.from({ length: 20 }, (_, i) => Math.sin(3 * i) + 0.35);
  const seeds = [1, 1, 2].map((seed) => signFlipTest(values, { seed, flips: 40_000 }).p);
  strictEqual(seeds[0], seeds[1]);
  // Counted here over all 2²⁰ flips by Gray code, one sign at a time.
  const signs = values.map(() => 1);
  const found = Math.abs(values.reduce((a, b) => a + b));
  let [sum, extreme] = [values.reduce((a, b) => a + b), 1];
  for (let flip = 1; flip < 2 ** 20; flip++) {
    const at = Math.log2(flip & -flip);
    signs[at]! *= -1;
    sum += 2 * signs[at]! * values[at]!;
    if (Math.abs(sum) >= found - 1e-9) extreme++;
  }
  const exact = extreme / 2 ** 20;
  for (const p of seeds) ok(Math.abs(p - exact) < 4 * Math.sqrt(exact / 40_000), `${p} for ${exact}`);
});

Deno.test("proportions: Wilson's interval and McNemar's test are SciPy's", () => {
  for (const { hits, trials, interval } of scipy.wilson) {
    assertClose(ends(wilsonInterval(hits, trials)), interval, CLOSE, `${hits} of ${trials}`);
  }
  for (const { first, second, p } of scipy.mcnemar) {
    assertClose([mcNemarTest(first, second).p], [p], CLOSE, `${first} and ${second}`);
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

Deno.test("effect sizes by hand: two values per side, and the correction of small samples", () => {
  assertClose([cohensD([1, 3])], [2 / Math.SQRT2], CLOSE, "d");
  // Deviations are √2 and √2; four values: 1 − 3 / 7.
  assertClose([hedgesG([1, 3], [0, 2])], [1 / Math.SQRT2 * (4 / 7)], CLOSE, "g");
});

Deno.test("too few values have no spread, and every interval knows it", () => {
  ok(Number.isNaN(deviation([1])) && Number.isNaN(mean([])) && Number.isNaN(pairedTTest([1]).p));
  deepStrictEqual(ends(meanInterval([1])), [-Infinity, Infinity]);
  deepStrictEqual(ends(differenceInterval([1], [1, 2])), [-Infinity, Infinity]);
  deepStrictEqual(ends(bootstrapInterval([1], mean)), [-Infinity, Infinity]);
  deepStrictEqual(ends(wilsonInterval(0, 0)), [0, 1]);
  strictEqual(pairedTTest([2, 2, 2]).p, 0);
  strictEqual(pairedTTest([0, 0]).p, 1);
});
