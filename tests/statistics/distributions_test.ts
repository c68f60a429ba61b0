import { throws } from "node:assert/strict";
import {
  binomialCdf,
  incompleteBeta,
  logGamma,
  normalCdf,
  normalQuantile,
  studentCdf,
  studentQuantile,
} from "../../lib/statistics/distributions.ts";
import { assertClose, REORDERED_FLOAT64 as CLOSE } from "../close.ts";
import { scipy } from "./scipy.ts";

/** Tails of 1e-300 keep their digits too: only the relative error counts. */
const TAILS = { absolute: 0, relative: 1e-10 };

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

Deno.test("a quantile of what is no probability is refused", () => {
  for (const p of [0, 1, 48, -0.5, NaN]) {
    const refused = { message: `Cannot find a quantile with p ${p}: expected a number above 0, below 1` };
    throws(() => normalQuantile(p), refused);
    throws(() => studentQuantile(p, 4), refused);
  }
});
