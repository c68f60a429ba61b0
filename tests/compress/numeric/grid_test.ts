import assert from "node:assert/strict";
import { fitGroup, gridOf, onGrid, roundToGrid, setRange } from "../../../lib/compress/numeric/grid.ts";
import { emptyGrid } from "../../../lib/compress/numeric/grid.ts";
import { seededRandom } from "../../../lib/random.ts";

Deno.test("levels reach from the smallest to the largest weight, and zero is one of them", () => {
  const weight = Float64Array.of(-1, 0.5, 2, 0.3);
  const grid = gridOf(weight, 1, 4, { bits: 2 }); // 3/3 apart: −1, 0, 1, 2
  assert.deepEqual([[...grid.scales], [...grid.zeros], grid.groups], [[1], [1], 1]);
  assert.deepEqual([...roundToGrid(weight, 1, 4, grid)], [-1, 0, 2, 0]); // of halves the even one
});

Deno.test("each weight goes to the nearest level, as trying all of them finds", () => {
  const random = seededRandom(1, "grid");
  const [rows, columns] = [3, 10];
  for (const bits of [1, 3, 4, 8]) {
    for (const symmetric of [false, true]) {
      const weight = Float64Array.from({ length: rows * columns }, () => random.normal());
      const grid = gridOf(weight, rows, columns, { bits, groupSize: 4, symmetric });
      assert.equal(grid.groups, 3);
      roundToGrid(weight, rows, columns, grid).forEach((value, i) => {
        const group = Math.floor(i / columns) * 3 + Math.floor(i % columns / 4);
        const levels = Array.from(
          { length: 2 ** bits },
          (_, level) => grid.scales[group]! * (level - grid.zeros[group]!),
        );
        const least = Math.min(...levels.map((level) => Math.abs(level - weight[i]!)));
        assert.ok(Math.abs(Math.abs(value - weight[i]!) - least) < 1e-12, `${bits} bits, weight ${i}`);
        assert.ok(levels.some((level) => Math.abs(level) < 1e-12), "no level is zero");
      });
    }
  }
});

Deno.test("symmetric levels have zero in their middle, and no weights but zeros a range of one", () => {
  const grid = emptyGrid(2, 2, { bits: 4 });
  fitGroup(grid, 0, Float64Array.of(-3, 1), { from: 0, to: 2, symmetric: true });
  assert.deepEqual([grid.scales[0], grid.zeros[0]], [6 / 15, 8]);
  fitGroup(grid, 1, new Float64Array(2), { from: 0, to: 2 });
  assert.deepEqual([grid.scales[1], onGrid(grid, 1, 0)], [2 / 15, 0]);
  setRange(grid, 1, { low: 0, high: 15 });
  assert.equal(onGrid(grid, 1, 99), 15);
});

/** Σ|q − w|^2.4 of weights on the nearest of levels that are written out. */
function lostOn(levels: readonly number[], weights: readonly number[]): number {
  return weights.reduce((sum, weight) => {
    const near = Math.min(...levels.map((level) => Math.abs(level - weight)));
    return sum + near ** 2.4;
  }, 0);
}

/** Levels over a range that was shrunk, as section 2.5 of the source's page writes them. */
function shrunk(
  weights: readonly number[],
  share: number,
  { bits, symmetric }: { bits: number; symmetric: boolean },
) {
  let [low, high] = [Math.min(0, ...weights) * share, Math.max(0, ...weights) * share];
  if (symmetric) [low, high] = [-Math.max(-low, high), Math.max(-low, high)];
  const scale = (high - low) / (2 ** bits - 1);
  const zero = symmetric ? 2 ** (bits - 1) : Math.round(-low / scale);
  return Array.from({ length: 2 ** bits }, (_, level) => scale * (level - zero));
}

Deno.test("mse: the range that loses least of all that are tried, one by one, and less than the whole one", () => {
  const random = seededRandom(2, "mse");
  const [rows, columns, groupSize] = [4, 22, 8];
  const weight = Float64Array.from({ length: rows * columns }, () => random.normal() ** 3);
  for (const bits of [2, 3, 4]) {
    for (const symmetric of [false, true]) {
      const grid = gridOf(weight, rows, columns, { bits, groupSize, symmetric, mse: true });
      let smaller = 0;
      for (let at = 0; at < rows * 3; at++) {
        const first = Math.floor(at / 3) * columns + at % 3 * groupSize;
        const own = [
          ...weight.subarray(first, Math.min(first + groupSize, Math.floor(at / 3 + 1) * columns)),
        ];
        const losses = Array.from(
          { length: 80 },
          (_, i) => lostOn(shrunk(own, 1 - i / 100, { bits, symmetric }), own),
        );
        const levels = Array.from({ length: 2 ** bits }, (_, i) => grid.scales[at]! * (i - grid.zeros[at]!));
        const least = Math.min(...losses);
        assert.ok(Math.abs(lostOn(levels, own) - least) <= 1e-9 * least, `${bits} bits, group ${at}`);
        smaller += Number(least < losses[0]!);
      }
      assert.ok(smaller > 2, `${bits} bits: in ${smaller} groups a smaller range loses less`);
    }
  }
});

Deno.test("mse: weights that are zeros, or on their levels already, keep the whole range", () => {
  const weight = Float64Array.of(0, 0, 0, 0, -1, 2, 0, 1);
  const plain = gridOf(weight, 2, 4, { bits: 2 });
  assert.deepEqual(gridOf(weight, 2, 4, { bits: 2, mse: true }), plain);
});

Deno.test("mse: one weight that is far from all others is cut off, to less than half", () => {
  const own = Array.from({ length: 600 }, (_, i) => i === 7 ? 1 : i % 2 ? 0.3 : 0.1);
  const grid = gridOf(Float64Array.from(own), 1, 600, { bits: 2, mse: true });
  const losses = Array.from(
    { length: 80 },
    (_, i) => lostOn(shrunk(own, 1 - i / 100, { bits: 2, symmetric: false }), own),
  );
  const best = losses.indexOf(Math.min(...losses));
  assert.ok(best > 50);
  assert.ok(Math.abs(grid.scales[0]! - (1 - best / 100) / 3) < 1e-12);
});
