import { requireMasks } from "../require_masks.ts";
import { crc32 } from "../../files/crc32.ts";
import type { Masks } from "../../train/weight_mask.ts";
import { type SparseMethod, sparseMethod } from "../method.ts";

/**
 * Masks that are known beforehand hold from the first step on: what trains a network that was cut already.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../../nn/mlp.ts";
 * import { float32, int64 } from "../../tensor/tensor.ts";
 * import { fit } from "../../train/fit.ts";
 * import { magnitudeMasks } from "../masks.ts";
 *
 * const model = mlp({ sizes: [2, 16, 2] });
 * const data = { inputs: float32([0, 0, 0, 1, 1, 0, 1, 1], [4, 2]), targets: int64([0, 1, 1, 0]) };
 * const found = magnitudeMasks(model, 0.5, { scope: "global" });
 * const { masks } = await fit(model, data, { epochs: 2, sparsify: fixedMasks(found) });
 * assert.deepEqual(masks, found);
 * ```
 */
export function fixedMasks(masks: Masks): SparseMethod {
  requireMasks("call fixedMasks", masks);
  return sparseMethod({
    // A run that resumes must be one with the same masks.
    name: `fixedMasks(${Object.values(masks).map(({ bits }) => crc32(bits).toString(16)).join(" ")})`,
    prunable: ({ name }) => Object.hasOwn(masks, name),
    pruningSteps: () => 0,
    freeze: () => masks,
  });
}
