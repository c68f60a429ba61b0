import { ok, strictEqual, throws } from "node:assert/strict";
import { mcNemarTest, pairedTTest, signFlipTest, welchTTest } from "../../lib/statistics/tests.ts";
import { assertClose, REORDERED_FLOAT64 as CLOSE } from "../close.ts";
import { scipy } from "./scipy.ts";

Deno.test("paired tests and Welch's are SciPy's, the sign flips counted in full", () => {
  for (const { values, t, p, flips } of scipy.paired) {
    const own = pairedTTest(values);
    assertClose([own.statistic, own.p], [t, p], CLOSE, "t test");
    assertClose([signFlipTest(values).p], [flips], CLOSE, "sign flips");
  }
  for (const { first, second, t, degrees, p } of scipy.welch) {
    const own = welchTTest(first, second);
    assertClose([own.statistic, own.degrees, own.p], [t, degrees, p], CLOSE, "Welch");
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

Deno.test("McNemar's test is SciPy's", () => {
  for (const { first, second, p } of scipy.mcnemar) {
    assertClose([mcNemarTest(first, second).p], [p], CLOSE, `${first} and ${second}`);
  }
});

Deno.test("values without a spread decide at once, and one value never", () => {
  ok(Number.isNaN(pairedTTest([1]).p));
  strictEqual(pairedTTest([2, 2, 2]).p, 0);
  strictEqual(pairedTTest([0, 0]).p, 1);
});

Deno.test("differences that are no numbers decide nothing", () => {
  const many = Array.from({ length: 20 }, (_, i) => i === 3 ? NaN : i);
  for (const values of [[NaN, 1, 2], [Infinity, 1], [Infinity, -Infinity], many]) {
    ok(Number.isNaN(signFlipTest(values).p), `${values}`);
  }
});

Deno.test("a number of flips that is none is refused", () => {
  for (const flips of [-1, 0, NaN, 1.5, Infinity]) {
    throws(() => signFlipTest([1, 2], { flips }), /^RangeError: Cannot test differences with flips /);
  }
});
