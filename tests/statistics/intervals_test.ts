import { deepStrictEqual, ok, throws } from "node:assert/strict";
import { aucInterval } from "../../lib/statistics/auc.ts";
import { normalQuantile } from "../../lib/statistics/distributions.ts";
import { deviation, mean, quantile } from "../../lib/statistics/describe.ts";
import {
  bootstrapInterval,
  differenceInterval,
  type Interval,
  meanInterval,
  pairedProportionInterval,
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
    throws(() => pairedProportionInterval(1, 0, 3, { level }), refused);
    throws(() => aucInterval([1, 2, 3], [0, 1, 0], { level }), refused);
  }
  throws(
    () => bootstrapInterval([1, 2], mean, { resamples: 0 }),
    /resamples 0: expected a whole number from 1/,
  );
});

/** The chance of a loss that is likeliest where the chances differ by so much, by trying. */
function likeliest(gains: number, losses: number, trials: number, difference: number): number {
  const times = (count: number, chance: number) => count === 0 ? 0 : count * Math.log(chance);
  const likelihood = (loss: number) =>
    times(gains, loss + difference) + times(losses, loss) +
    times(trials - gains - losses, 1 - 2 * loss - difference);
  let [low, high] = [Math.max(0, -difference), (1 - difference) / 2];
  for (let i = 0; i < 200; i++) {
    const [one, other] = [low + (high - low) / 3, high - (high - low) / 3];
    if (likelihood(one) < likelihood(other)) low = one;
    else high = other;
  }
  return (low + high) / 2;
}

Deno.test("a difference of paired proportions lies where it is as many errors away as the level says", () => {
  for (
    const [gains, losses, trials] of [[3, 9, 40], [9, 3, 40], [0, 4, 10], [20, 20, 41], [1, 0, 200]] as const
  ) {
    for (const level of [0.8, 0.95, 0.999]) {
      const z = normalQuantile((1 + level) / 2);
      for (const [end, sign] of [["low", 1], ["high", -1]] as const) {
        const difference = pairedProportionInterval(gains, losses, trials, { level })[end];
        const loss = likeliest(gains, losses, trials, difference);
        const error = Math.sqrt((2 * loss + difference - difference ** 2) / trials);
        const away = sign * ((gains - losses) / trials - difference) / error;
        ok(Math.abs(away - z) < 1e-5 * z, `${gains} and ${losses} of ${trials}: ${away}, not ${z}`);
      }
    }
  }
});

Deno.test("where two always agree the interval of their difference is as wide as few trials are", () => {
  const square = normalQuantile(0.975) ** 2;
  for (const trials of [1, 3, 100, 10_000]) {
    const half = square / (trials + square); // the closed form without any trial that differs
    assertClose(ends(pairedProportionInterval(0, 0, trials)), [-half, half], CLOSE, `of ${trials}`);
  }
  deepStrictEqual(ends(pairedProportionInterval(0, 0, 0)), [-1, 1]);
  deepStrictEqual(pairedProportionInterval(4, 0, 4).high, 1);
  for (const [gains, losses, trials] of [[3, 2, 4], [-1, 0, 4], [0, 0.5, 4], [0, 0, NaN]] as const) {
    throws(() => pairedProportionInterval(gains, losses, trials), /^RangeError: Cannot give an interval/);
  }
});

Deno.test("of all that may be seen, the interval holds the true difference about as often as its level says", () => {
  const trials = 30;
  const choose = (n: number, k: number): number => k === 0 ? 1 : choose(n - 1, k - 1) * n / k;
  const intervals = Array.from(
    { length: trials + 1 },
    (_, gains) =>
      Array.from(
        { length: trials + 1 - gains },
        (_, losses) => pairedProportionInterval(gains, losses, trials, { level: 0.9 }),
      ),
  );
  for (const [gain, loss] of [[0.2, 0.1], [0.05, 0.3], [0.4, 0.4], [0.1, 0.1]] as const) {
    const covered = intervals.flatMap((row, gains) =>
      row.map(({ low, high }, losses) => {
        if (low > gain - loss || high < gain - loss) return 0;
        return choose(trials, gains) * gain ** gains * choose(trials - gains, losses) * loss ** losses *
          (1 - gain - loss) ** (trials - gains - losses);
      })
    ).reduce((sum, chance) => sum + chance, 0);
    ok(Math.abs(covered - 0.9) < 0.03, `${gain} and ${loss}: ${covered}`);
  }
});
