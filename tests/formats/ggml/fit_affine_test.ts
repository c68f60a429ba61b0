import assert from "node:assert/strict";
import { fitAffine } from "../../../lib/formats/ggml/fit_affine.ts";

const SEARCH = { levels: 15, first: -1, step: 0.1, tries: 20 };

/** Σ w (x − nearest place of the grid)². */
function lossOf(x: Float32Array, weights: Float32Array, scale: number, depth: number): number {
  return x.reduce((sum, value, i) => {
    const code = Math.min(Math.max(Math.round((value + depth) / scale), 0), SEARCH.levels);
    return sum + weights[i]! * (scale * code - depth - value) ** 2;
  }, 0);
}

Deno.test("numbers on a grid are found on it, and a level run is its own minimum", () => {
  // 0.25 · q − 1 for codes from 0 to 15.
  const grid = Float32Array.from({ length: 32 }, (_, i) => 0.25 * (7 * i % 16) - 1);
  assert.deepEqual(fitAffine(grid, new Float32Array(32).fill(1), SEARCH), {
    scale: 0.25,
    depth: 1,
    codes: Uint8Array.from({ length: 32 }, (_, i) => 7 * i % 16),
  });
  assert.deepEqual(fitAffine(new Float32Array(8).fill(-2), new Float32Array(8).fill(1), SEARCH), {
    scale: 0,
    depth: 2,
    codes: new Uint8Array(8),
  });
  const { depth } = fitAffine(Float32Array.of(1, 2, 3, 4), new Float32Array(4).fill(1), SEARCH);
  assert.ok(depth >= 0, "the minimum is 0 at most");
});

Deno.test("a search is never worse than the grid from the least to the most, and better where weights count", () => {
  let better = 0;
  for (let seed = 0; seed < 20; seed++) {
    const x = Float32Array.from({ length: 32 }, (_, i) => Math.sin(i * i + seed) ** 3);
    const weights = x.map((value) => value * value);
    const [low, high] = [Math.min(0, ...x), Math.max(...x)];
    const { scale, depth } = fitAffine(x, weights, SEARCH);
    const [plain, found] = [lossOf(x, weights, (high - low) / 15, -low), lossOf(x, weights, scale, depth)];
    assert.ok(found <= plain * (1 + 1e-4), `${seed}: ${found}, plain ${plain}`);
    if (found < 0.9 * plain) better++;
  }
  assert.ok(better > 10, `better in ${better} of 20`);
});
