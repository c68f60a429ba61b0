import assert from "node:assert/strict";
import { resampleAxis, toBytes } from "../../../lib/data/images/resample_axis.ts";

Deno.test("each output is the weighted sum of its inputs along the axis, for all that lies around it", () => {
  // Three inputs to two outputs: the mean of the first two, and twice the last minus the first.
  const weights = {
    from: 3,
    length: 2,
    taps: 2,
    indices: Int32Array.of(0, 1, 2, 0),
    weights: Float64Array.of(0.5, 0.5, 2, -1),
  };
  const source = Float64Array.from({ length: 2 * 3 * 2 }, (_, i) => 10 ** (i % 3) * (i + 1));
  const at = (o: number, i: number, c: number) => source[(o * 3 + i) * 2 + c]!;
  const expected = [0, 1].flatMap((o) => [
    ...[0, 1].map((c) => 0.5 * at(o, 0, c) + 0.5 * at(o, 1, c)),
    ...[0, 1].map((c) => 2 * at(o, 2, c) - at(o, 0, c)),
  ]);
  assert.deepEqual([...resampleAxis(source, { outer: 2, inner: 2 }, weights)], expected);
});

Deno.test("bytes are the nearest, halves go up, and what is outside goes to the ends", () => {
  assert.deepEqual([...toBytes(Float64Array.of(0.5, 1.49, -3, 254.5, 300))], [1, 1, 0, 255, 255]);
});
