import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { magnitudeMasks } from "../../lib/sparse/masks.ts";
import { requireMasks } from "../../lib/sparse/require_masks.ts";

Deno.test("masks are let through; what came instead is said", () => {
  requireMasks("maskWeights", magnitudeMasks(mlp({ sizes: [4, 8, 2] }), 0.5));
  requireMasks("maskWeights", {});
  const mistakes: [unknown, RegExp][] = [
    [
      undefined,
      /^Cannot call maskWeights with nothing as masks: expected masks by tensors' names, as magnitudeMasks/,
    ],
    [[1], /as masks: expected/],
    [{ w: null }, /with null as the mask of "w": expected/],
    [{ w: Uint8Array.of(1) }, /as the mask of "w"/],
    [{ w: { dims: [2], bits: [1, 0] } }, /as the mask of "w"/],
  ];
  for (const [given, message] of mistakes) {
    assert.throws(() => requireMasks("maskWeights", given as never), { name: "TypeError", message });
  }
});
