import { TypeError } from "../errors.ts";
import { givenInWords, isRecord } from "../given.ts";
import { quoted } from "../printable.ts";
import type { Masks } from "../train/weight_mask.ts";

/**
 * Refuses what are no masks by tensors' names.
 *
 * @throws TypeError saying what came instead
 */
export function requireMasks(call: string, masks: Masks): void {
  const expected = "expected masks by tensors' names, as magnitudeMasks(model, 0.5) and fit give them";
  if (!isRecord(masks)) {
    throw new TypeError(`Cannot call ${call} with ${givenInWords(masks)} as masks: ${expected}`);
  }
  for (const [name, mask] of Object.entries(masks as Record<string, Partial<Masks[string]> | null>)) {
    if (Array.isArray(mask?.dims) && mask.bits instanceof Uint8Array) continue;
    throw new TypeError(
      `Cannot call ${call} with ${givenInWords(mask)} as the mask of ${quoted(name)}: ${expected}`,
    );
  }
}
