import assert from "node:assert/strict";
import { labelTensor } from "../../../../lib/data/image_set.ts";
import { enlarged } from "../../../../lib/papers/meta_pruning/data/enlarged.ts";
import { numbersOf, Tensor } from "../../../../lib/tensor/tensor.ts";
import { seededRandom } from "../../../../lib/random.ts";

/** Ramps to the right, one steeper in each channel; black is −1 and white 1. */
const ramps = {
  images: new Tensor(
    "uint8",
    Uint8Array.from({ length: 2 * 3 * 32 * 32 }, (_, i) => (i % 32) * (2 + Math.floor(i / 1024) % 3)),
    [2, 3, 32, 32],
  ),
  labels: labelTensor([3, 8]),
  normalization: { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] },
};

Deno.test("images are enlarged eight times, and 224 × 224 taken: the middle, or anywhere, mirrored or not", async () => {
  const rows = Uint32Array.of(1);
  const { inputs, targets } = await enlarged(ramps, "middle").read(rows, seededRandom(0));
  const { dims, data } = inputs as Tensor;
  assert.deepEqual([dims, numbersOf(targets as Tensor)], [[1, 3, 224, 224], [8]]);
  const byte = (of: Tensor, channel: number, y: number, x: number) =>
    Math.round((Number(of.data[(channel * 224 + y) * 224 + x]) + 1) * 127.5);
  for (const [channel, y, x] of [[0, 0, 20], [1, 100, 111], [2, 223, 200]] as const) {
    // Bilinear between the middles of pixels: a straight line stays one.
    const expected = ((x + 16 + 0.5) / 8 - 0.5) * (2 + channel);
    assert.ok(Math.abs(byte(inputs as Tensor, channel, y, x) - expected) <= 1, `${channel} ${y} ${x}`);
  }
  assert.equal(data.length, 3 * 224 * 224);
  const slopes = new Set<number>();
  const places = new Set<number>();
  for (let seed = 0; seed < 12; seed++) {
    const taken = (await enlarged(ramps, "anywhere").read(rows, seededRandom(seed))).inputs as Tensor;
    const [left, right] = [byte(taken, 2, 0, 50), byte(taken, 2, 0, 150)];
    slopes.add(Math.sign(right - left));
    places.add(left + right);
    assert.ok(Math.abs(Math.abs(right - left) - 100 / 8 * 4) <= 1);
  }
  assert.deepEqual(slopes, new Set([1, -1]));
  assert.ok(places.size > 3);
});
