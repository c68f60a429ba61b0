/** A criterion is a function: a number for each channel of a group, the smallest go first. */
import { type Criterion, floats, planPruning, resnetCifar } from "../../mod.ts";

/** How far the weights that make a channel spread: a filter of equal numbers says little. */
const spread: Criterion = ({ channels, slots }, tensors) => {
  const { tensor, indices, width } = slots.find(({ role }) => role === "out")!;
  const weights = tensors.get(tensor)!;
  const size = weights.size / weights.dims[0]!;
  return Float64Array.from({ length: channels }, (_, channel) => {
    const row = indices[channel * width]!;
    const filter = floats(weights).subarray(row * size, (row + 1) * size);
    return Math.max(...filter) - Math.min(...filter);
  });
};

const model = resnetCifar({ depth: 20 });
console.log(`${planPruning(model, { target: { macs: 0.5 }, criterion: spread })}`);
