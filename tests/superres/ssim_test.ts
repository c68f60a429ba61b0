import { equal, throws } from "node:assert/strict";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { ssim } from "../../lib/superres/ssim.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

const random = seededRandom(0, "metrics");
const noise = (dims: number[]) =>
  float32(Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.uniform()), dims);

/** SSIM of one plane from its definition: a sum over every window, all 121 weights written out. */
function plainSsim(x: Tensor, y: Tensor): number {
  const [, , height, width] = x.dims as [number, number, number, number];
  const weights: number[] = [];
  for (let v = -5; v <= 5; v++) for (let u = -5; u <= 5; u++) weights.push(Math.exp(-(u * u + v * v) / 4.5));
  const total = weights.reduce((a, b) => a + b);
  const scores: number[] = [];
  for (let top = 0; top + 11 <= height; top++) {
    for (let left = 0; left + 11 <= width; left++) {
      const at = (k: number) => (top + Math.floor(k / 11)) * width + left + k % 11;
      const mean = (value: (k: number) => number) =>
        weights.reduce((sum, weight, k) => sum + weight * value(at(k)), 0) / total;
      const [mx, my] = [mean((k) => Number(x.data[k])), mean((k) => Number(y.data[k]))];
      const vx = mean((k) => (Number(x.data[k]) - mx) ** 2);
      const vy = mean((k) => (Number(y.data[k]) - my) ** 2);
      const cov = mean((k) => (Number(x.data[k]) - mx) * (Number(y.data[k]) - my));
      scores.push((2 * mx * my + 1e-4) * (2 * cov + 9e-4) / ((mx ** 2 + my ** 2 + 1e-4) * (vx + vy + 9e-4)));
    }
  }
  return scores.reduce((a, b) => a + b) / scores.length;
}

Deno.test("SSIM is the mean over windows of its definition; equal images have 1", () => {
  const [x, y] = [noise([1, 1, 14, 16]), noise([1, 1, 14, 16])];
  assertClose([ssim(x, y)], [plainSsim(x, y)], REORDERED_FLOAT32);
  assertClose([ssim(x, x)], [1], REORDERED_FLOAT32);
});

Deno.test("SSIM does not see the border, and averages over channels", () => {
  const [x, y] = [noise([1, 3, 20, 20]), noise([1, 3, 20, 20])];
  const spoilt = float32((x.data as Float32Array).slice(), x.dims);
  for (let c = 0; c < 3; c++) for (let i = 0; i < 20; i++) spoilt.data[c * 400 + i] = 9;
  equal(ssim(spoilt, y, { border: 1 }), ssim(x, y, { border: 1 }));
  const plane = (t: Tensor, c: number) =>
    float32((t.data as Float32Array).slice(c * 400, (c + 1) * 400), [1, 1, 20, 20]);
  assertClose(
    [ssim(x, y)],
    [[0, 1, 2].reduce((sum, c) => sum + ssim(plane(x, c), plane(y, c)) / 3, 0)],
    REORDERED_FLOAT32,
  );
});

Deno.test("images that the window does not fit in are refused", () => {
  throws(() => ssim(noise([1, 1, 12, 12]), noise([1, 1, 12, 12]), { border: 1 }), /10 × 10 pixels.*11 × 11/);
});
