import assert from "node:assert/strict";
import { seededRandom } from "../../lib/random.ts";
import { betaDraw } from "../../lib/train/beta_draw.ts";

const COUNT = 4000;
const draws = (a: number, b: number) => {
  const random = seededRandom(3);
  return Array.from({ length: COUNT }, () => betaDraw(random, a, b)).sort((x, y) => x - y);
};

/** Kolmogorov and Smirnov's distance of a sample from a distribution. */
const distance = (sorted: readonly number[], below: (x: number) => number) =>
  Math.max(
    ...sorted.map((x, i) => Math.max((i + 1) / COUNT - below(x), below(x) - i / COUNT)),
  );

Deno.test("beta draws follow the distributions whose integrals are known", () => {
  const KNOWN: [a: number, b: number, below: (x: number) => number][] = [
    [1, 1, (x) => x],
    [0.5, 0.5, (x) => 2 / Math.PI * Math.asin(Math.sqrt(x))],
    [0.1, 1, (x) => x ** 0.1],
    [1, 3, (x) => 1 - (1 - x) ** 3],
    [2, 2, (x) => 3 * x ** 2 - 2 * x ** 3],
    [8, 2, (x) => 9 * x ** 8 - 8 * x ** 9],
  ];
  // One sample in a hundred thousand is farther away.
  const most = Math.sqrt(Math.log(2e5) / 2 / COUNT);
  for (const [a, b, below] of KNOWN) {
    const found = distance(draws(a, b), below);
    assert.ok(found < most, `Beta(${a}, ${b}): ${found}`);
  }
  assert.ok(distance(draws(0.5, 0.5), (x) => x) > most);
});

Deno.test("beta draws of small parameters are numbers from 0 to 1, with the variance that they should have", () => {
  for (const alpha of [0.2, 0.1, 0.001]) {
    const all = draws(alpha, alpha);
    assert.ok(all.every((x) => x >= 0 && x <= 1));
    const mean = all.reduce((sum, x) => sum + x) / COUNT;
    const variance = all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / COUNT;
    const expected = 1 / (4 * (2 * alpha + 1));
    // Five standard errors of a mean of numbers between 0 and 1.
    assert.ok(Math.abs(mean - 0.5) < 5 * Math.sqrt(expected / COUNT), `${mean}`);
    assert.ok(Math.abs(variance - expected) < 5 * 0.25 / Math.sqrt(COUNT), `${variance}, not ${expected}`);
  }
});
