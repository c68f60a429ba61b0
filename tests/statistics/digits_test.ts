import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { decimalsFor, writeMeasured, writeRounded, writeSignificant } from "../../lib/statistics/digits.ts";

Deno.test("digits follow the spread: the Particle Data Group's own examples, and ours", () => {
  // Review of Particle Physics, introduction 5.3: 0.827 ± 0.119, 0.827 ± 0.367, and 14.674 ± 0.964.
  strictEqual(writeMeasured({ mean: 0.827, deviation: 0.119 }), "0.83 ± 0.12");
  strictEqual(writeMeasured({ mean: 0.827, deviation: 0.367 }), "0.8 ± 0.4");
  strictEqual(writeMeasured({ mean: 14.674, deviation: 0.964 }), "14.7 ± 1.0");
  strictEqual(writeMeasured({ mean: 92.724, deviation: 0.4612 }), "92.7 ± 0.5");
  strictEqual(writeMeasured({ mean: 77.8, deviation: 14.03 }), "78 ± 14");
  strictEqual(writeMeasured({ mean: 123_456, deviation: 2345 }), "123,500 ± 2,300");
  strictEqual(writeMeasured({ mean: -0.00012, deviation: 0.00004 }), "−0.00012 ± 0.00004");
});

Deno.test("without a spread four digits stand, and what is no number is a dash", () => {
  strictEqual(writeMeasured({ mean: 92.724, deviation: NaN }), "92.72");
  strictEqual(writeMeasured({ mean: 0.5, deviation: 0 }), "0.5");
  strictEqual(writeMeasured({ mean: NaN, deviation: NaN }), "–");
  deepStrictEqual([0, 1234567, 12345.678, 0.000123456, -3.5].map((value) => writeSignificant(value)), [
    "0",
    "1,234,567",
    "12,350",
    "0.0001235",
    "−3.5",
  ]);
});

Deno.test("no rounded zero has a sign, and decimals before the point round to tens and hundreds", () => {
  strictEqual(writeRounded(-0.04, 1), "0.0");
  strictEqual(writeRounded(-1250, -2), "−1,200");
  deepStrictEqual([0.00355, 0.00354, 97, 1].map(decimalsFor), [3, 4, -1, 1]);
});

Deno.test("no number is a dash", () => strictEqual(writeSignificant(NaN), "–"));
