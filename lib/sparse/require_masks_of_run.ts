import { TypeError } from "../errors.ts";
import { type Weight, weightsOf } from "../nn/weights.ts";
import { quoted } from "../printable.ts";
import { float32Of } from "../tensor/arrays.ts";
import type { SparsifierRun } from "../train/sparsifier.ts";
import type { Mask, Masks } from "../train/weight_mask.ts";
import { forDropped } from "./mask_bits.ts";
import type { SparseLayer } from "./method.ts";
import { requireMasks } from "./require_masks.ts";

/**
 * Refuses masks that a run of training cannot hold: a method of the user's own may forget a layer, or swap
 * two, and masks that are known beforehand may be of another model. What does not train is held by itself,
 * where it has its zeros.
 *
 * @param action what cannot be done so: "freeze the structure by issP"
 * @param layers what the method prunes
 * @throws TypeError naming the tensor
 */
export function requireMasksOfRun(
  action: string,
  masks: Masks,
  layers: readonly Pick<SparseLayer, "name" | "dims">[],
  { model, step }: Pick<SparsifierRun, "model" | "step">,
): void {
  requireMasks(action, masks);
  const fail = (message: string) => new TypeError(`Cannot ${action}: ${message}`);
  for (const { name, dims } of layers) {
    const mask = masks[name];
    if (mask?.dims.join() === dims.join()) continue;
    throw fail(
      `${quoted(name)} has shape [${dims.join(", ")}], its mask ${
        mask ? `[${mask.dims.join(", ")}]` : "is missing"
      }`,
    );
  }
  const pruned = new Set(layers.map(({ name }) => name));
  const weights = new Map(weightsOf(model).map((weight) => [weight.name, weight]));
  for (const [name, mask] of Object.entries(masks)) {
    if (pruned.has(name)) continue;
    const weight = weights.get(name);
    if (weight?.tensor.dims.join() !== mask.dims.join()) {
      throw fail(
        `it has a mask [${mask.dims.join(", ")}] for ${quoted(name)}, ` +
          `${
            weight ? `whose shape is [${weight.tensor.dims.join(", ")}]` : "which is no weight of the model"
          }; ` +
          `weightsOf(model) tells names and shapes`,
      );
    }
    if (Object.hasOwn(step.state, name)) {
      throw fail(`it has a mask for ${quoted(name)}, which it does not prune; say by prunable that it does`);
    }
    const others = notZero(weight, mask);
    if (others === 0) continue;
    throw fail(
      `${
        quoted(name)
      } does not train, and ${others} weights that its mask leaves out are not zero; mask the ` +
        `model first, as in fit(maskWeights(model, masks), …)`,
    );
  }
}

/** How many of the weights that go are something else than zero. */
function notZero({ tensor }: Weight, mask: Mask): number {
  const weights = float32Of(tensor);
  let count = 0;
  forDropped(mask, (index) => count += Number(weights[index] !== 0));
  return count;
}
