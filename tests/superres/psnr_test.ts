import { equal, throws } from "node:assert/strict";
import { float32 } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { psnr } from "../../lib/superres/psnr.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

const random = seededRandom(0, "metrics");
const noise = (dims: number[]) =>
  float32(Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.uniform()), dims);

Deno.test("PSNR is −20 log₁₀ of the root of the mean squared difference, in all channels together", () => {
  const [x, y] = [noise([2, 3, 4, 5]), noise([2, 3, 4, 5])];
  const squares = [...x.data as Float32Array].map((value, i) => (value - Number(y.data[i])) ** 2);
  const root = Math.sqrt(squares.reduce((a, b) => a + b) / 120);
  assertClose([psnr(x, y)], [-20 * Math.log10(root)], REORDERED_FLOAT32);
  equal(psnr(x, x), Infinity);
});

Deno.test("PSNR does not see the border", () => {
  const [x, y] = [noise([1, 3, 20, 20]), noise([1, 3, 20, 20])];
  const spoilt = float32((x.data as Float32Array).slice(), x.dims);
  for (let c = 0; c < 3; c++) for (let i = 0; i < 20; i++) spoilt.data[c * 400 + i] = 9;
  equal(psnr(spoilt, y, { border: 1 }), psnr(x, y, { border: 1 }));
  equal(psnr(spoilt, y) < psnr(x, y), true);
});

Deno.test("what cannot be compared is refused with a sentence", () => {
  throws(
    () => psnr(noise([1, 1, 4, 4]), noise([1, 1, 4, 5])),
    /\[1,1,4,4\] and \[1,1,4,5\]: expected the same/,
  );
  throws(() => psnr(noise([1, 1, 4, 4]), noise([1, 1, 4, 4]), { border: 2 }), RangeError);
});
