import assert from "node:assert/strict";
import type { Session, Tensors } from "../../lib/runtime/runtime.ts";
import { heldMasks, savedMasks } from "../../lib/sparse/held_masks.ts";
import type { Masks } from "../../lib/train/weight_mask.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

const masks: Masks = { w: { dims: [5], bits: Uint8Array.of(0b10101) } };

/** Weights of a session, their averages beside them. */
const carriedOf = (): Tensors => ({
  w: float32([1, 2, 3, 4, 5], [5]),
  average: float32([6, 7, 8, 9, 10], [5]),
  free: float32([1], [1]),
});
const numbers = (tensors: Tensors) => Object.values(tensors).map(({ data }) => [...data as Float32Array]);

Deno.test("masks set weights and their averages to zero, and nothing else", async () => {
  const carried = carriedOf();
  const session = { carried: () => carried } as unknown as Session;
  await heldMasks(masks, { weights: ({ average }) => ({ w: average! }) }).hold(session, undefined);
  assert.deepEqual(numbers(carried), [[1, 0, 3, 0, 5], [6, 0, 8, 0, 10], [1]]);
  const without = carriedOf();
  await heldMasks(masks, { weights: (state) => state })
    .hold({ carried: () => without } as unknown as Session, undefined);
  assert.deepEqual(numbers(without), [[1, 0, 3, 0, 5], [6, 7, 8, 9, 10], [1]]);
});

Deno.test("masks are read from what they save, or not at all where there are none", () => {
  const saved = heldMasks(masks, { weights: (state) => state }).saved();
  const [w, v] = [{ name: "w", tensor: { dims: [5] } }, { name: "v", tensor: { dims: [1] } }];
  assert.deepEqual(savedMasks(saved, [v, w]), masks);
  assert.equal(savedMasks(saved, [v]), undefined);
  assert.equal(savedMasks({}, [v, w]), undefined);
});
