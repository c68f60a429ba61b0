import assert from "node:assert/strict";
import {
  descendSymmetric,
  extreme,
  fitPositive,
  fitSymmetric,
} from "../../../lib/formats/ggml/fit_symmetric.ts";

const even = (length: number) => new Float32Array(length).fill(1);

/** Codes from −8 to 7 in some order. */
const CODES = Array.from({ length: 16 }, (_, i) => (5 * i + 3) % 16 - 8);

Deno.test("numbers on a grid are found on it, by either search", () => {
  const x = Float32Array.from(CODES, (code) => 0.5 * code);
  for (const { scale, codes } of [fitSymmetric(x, even(16), 8), descendSymmetric(x, 8)]) {
    assert.deepEqual([scale, [...codes]], [0.5, CODES]);
  }
  // The number of largest magnitude is the lowest code, whatever its sign.
  const turned = fitSymmetric(x.map((value) => -value), even(16), 8);
  assert.deepEqual([turned.scale, [...turned.codes]], [-0.5, CODES]);
  const positive = fitPositive(Float32Array.from(CODES, (code) => 0.25 * (code + 8)), even(16), 15);
  assert.deepEqual([positive.scale, [...positive.codes]], [0.25, CODES.map((code) => code + 8)]);
});

Deno.test("searches are never worse than the plain grid, by the weights that they are given", () => {
  for (let seed = 0; seed < 20; seed++) {
    const x = Float32Array.from({ length: 16 }, (_, i) => Math.sin(i * i + seed) ** 3);
    const weights = x.map((value) => value * value);
    const lossOf = (scale: number, codes: ArrayLike<number>) =>
      x.reduce((sum, value, i) => sum + weights[i]! * (scale * codes[i]! - value) ** 2, 0);
    const d = extreme(x) / -8;
    const plain = lossOf(d, Array.from(x, (value) => Math.min(Math.max(Math.round(value / d), -8), 7)));
    for (const { scale, codes } of [fitSymmetric(x, weights, 8), descendSymmetric(x, 8)]) {
      assert.ok(lossOf(scale, codes) <= plain * (1 + 1e-4), `seed ${seed}`);
      assert.ok(codes.every((code) => code >= -8 && code <= 7));
    }
  }
});

Deno.test("runs of next to nothing become zeros, and the first of equal extremes counts", () => {
  const tiny = Float32Array.of(1e-16, -1e-16);
  for (
    const { scale, codes } of [
      fitSymmetric(tiny, even(2), 8),
      descendSymmetric(tiny, 8),
      fitPositive(tiny, even(2), 8),
    ]
  ) {
    assert.deepEqual([scale, ...codes], [0, 0, 0]);
  }
  assert.deepEqual([extreme([1, -2, 2]), extreme([2, -2]), extreme([])], [-2, 2, 0]);
});
