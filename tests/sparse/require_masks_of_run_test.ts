import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { maskWithout } from "../../lib/sparse/mask_bits.ts";
import { magnitudeMasks, maskWeights } from "../../lib/sparse/masks.ts";
import { requireMasksOfRun } from "../../lib/sparse/require_masks_of_run.ts";
import { trainingStep } from "../../lib/train/training_step.ts";
import type { Masks } from "../../lib/train/weight_mask.ts";

const model = mlp({ sizes: [3, 4, 2] });
const masks = magnitudeMasks(model, 0.5);
const [first, second]: [string, string] = ["0.weight", "2.weight"];
/** A run in which the first matrix is frozen, and what a method prunes in it. */
const frozen = { model, step: trainingStep(model, { freeze: ({ name }) => name === first }) };
const layers = [{ name: second, dims: masks[second]!.dims }];

Deno.test("masks of a run are of its layers, or of frozen weights that have their zeros", () => {
  const free = { model, step: trainingStep(model) };
  const both = [{ name: first, dims: masks[first]!.dims }, ...layers];
  requireMasksOfRun("hold", masks, both, free);
  requireMasksOfRun("hold", masks, layers, { ...frozen, model: maskWeights(model, masks) });
  const mistakes: [Masks, typeof layers, Pick<typeof frozen, "model" | "step">, RegExp][] = [
    [{}, layers, frozen, /^Cannot hold: "2.weight" has shape \[2, 4\], its mask is missing$/],
    [{ [second]: maskWithout([4, 2], () => {}) }, layers, frozen, /has shape \[2, 4\], its mask \[4, 2\]$/],
    [
      { [second]: { dims: [2, 4], bits: Uint8Array.of(1, 0) } },
      layers,
      frozen,
      /with 2 bytes as the mask of/,
    ],
    [
      { ...masks, other: maskWithout([1], () => {}) },
      both,
      free,
      /a mask \[1\] for "other", which is no weight/,
    ],
    [{ ...masks, [first]: maskWithout([2], () => {}) }, layers, frozen, /"0.weight", whose shape is \[/],
    [masks, layers, free, /^Cannot hold: it has a mask for "0.weight", which it does not prune/],
    [masks, layers, frozen, /"0.weight" does not train, and 6 weights .* not zero; mask the model first/],
  ];
  for (const [given, pruned, run, message] of mistakes) {
    assert.throws(() => requireMasksOfRun("hold", given, pruned, run), { name: "TypeError", message });
  }
});
