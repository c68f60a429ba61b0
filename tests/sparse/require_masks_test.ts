import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { magnitudeMasks } from "../../lib/sparse/masks.ts";
import { requireMasks } from "../../lib/sparse/require_masks.ts";

Deno.test("masks are let through; what came instead is said", () => {
  requireMasks("call maskWeights", magnitudeMasks(mlp({ sizes: [4, 8, 2] }), 0.5));
  requireMasks("call maskWeights", {});
  const mistakes: [unknown, RegExp][] = [
    [
      undefined,
      /^Cannot call maskWeights with nothing as masks: expected masks by tensors' names, as magnitudeMasks/,
    ],
    [[1], /as masks: expected/],
    [{ w: null }, /with null as the mask of "w": expected/],
    [{ w: Uint8Array.of(1) }, /as the mask of "w"/],
    [{ w: { dims: [2], bits: [1, 0] } }, /as the mask of "w"/],
    [
      { w: { dims: [3, 3], bits: Uint8Array.of(1) } },
      /with 1 bytes as the mask of "w".*\[3, 3\], 9 in 2 bytes/,
    ],
    [{ w: { dims: [3], bits: Uint8Array.of(1, 0) } }, /with 2 bytes as the mask of "w".*, 3 in 1 bytes/],
    [{ w: { dims: [3], bits: Uint8Array.of(0b1001) } }, /and bits beyond the last to be 0$/],
  ];
  for (const [given, message] of mistakes) {
    assert.throws(() => requireMasks("call maskWeights", given as never), { name: "TypeError", message });
  }
});
