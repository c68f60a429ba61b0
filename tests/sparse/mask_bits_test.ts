import assert from "node:assert/strict";
import { seededRandom } from "../../lib/random.ts";
import {
  fitsShape,
  forDropped,
  keptCount,
  maskOfNonZeros,
  maskWithout,
  stays,
  zeroMasked,
} from "../../lib/sparse/mask_bits.ts";

Deno.test("a mask counts, asks and zeroes bit by bit", () => {
  const random = seededRandom(3);
  for (const length of [1, 7, 8, 9, 64, 100]) {
    const gone = Array.from({ length }, () => random.uniform() < 0.5);
    const mask = maskWithout([length], (drop) => gone.forEach((goes, i) => goes && drop(i)));
    assert.equal(keptCount(mask), gone.filter((goes) => !goes).length);
    assert.deepEqual(gone.map((_, i) => stays(mask, i)), gone.map((goes) => !goes));
    const dropped: number[] = [];
    forDropped(mask, (i) => dropped.push(i));
    assert.deepEqual(dropped, [...gone.keys()].filter((i) => gone[i]));
    const weights = Float32Array.from({ length }, (_, i) => i + 1);
    zeroMasked(weights, mask);
    assert.deepEqual([...weights], gone.map((goes, i) => goes ? 0 : i + 1));
    assert.deepEqual(maskOfNonZeros([length], weights), mask);
    assert.ok(fitsShape(mask));
    assert.ok(!fitsShape({ dims: [length], bits: Uint8Array.of(...mask.bits, 0) }));
    assert.equal(fitsShape({ dims: [length], bits: mask.bits.map(() => 255) }), length % 8 === 0);
  }
});
