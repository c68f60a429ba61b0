import { TypeError } from "../errors.ts";
import { givenInWords, isRecord } from "../given.ts";
import { quoted } from "../printable.ts";
import { sizeOf } from "../tensor/tensor.ts";
import type { Mask, Masks } from "../train/weight_mask.ts";
import { fitsShape } from "./mask_bits.ts";

/**
 * Refuses what are no masks by tensors' names.
 *
 * @param action what cannot be done so: "call maskWeights"
 * @throws TypeError saying what came instead
 */
export function requireMasks(action: string, masks: Masks): void {
  const expected = "expected masks by tensors' names, as magnitudeMasks(model, 0.5) and fit give them";
  if (!isRecord(masks)) {
    throw new TypeError(`Cannot ${action} with ${givenInWords(masks)} as masks: ${expected}`);
  }
  for (const [name, mask] of Object.entries<unknown>(masks)) {
    const of = `as the mask of ${quoted(name)}`;
    if (!isMask(mask)) throw new TypeError(`Cannot ${action} with ${givenInWords(mask)} ${of}: ${expected}`);
    if (fitsShape(mask)) continue;
    const size = sizeOf(mask.dims);
    const bytes = Math.ceil(size / 8);
    throw new TypeError(
      `Cannot ${action} with ${mask.bits.length} bytes ${of}: expected a bit for each weight of ` +
        `[${
          mask.dims.join(", ")
        }], ${size} in ${bytes} bytes, lowest bit first, and bits beyond the last to be 0`,
    );
  }
}

function isMask(mask: unknown): mask is Mask {
  return isRecord(mask) && Array.isArray(mask["dims"]) && mask["bits"] instanceof Uint8Array;
}
