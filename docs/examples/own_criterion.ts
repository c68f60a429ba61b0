/** A criterion is a function: a number for each channel of a group, the smallest go first. */
import { type Criterion, planPruning, resnetCifar, type Tensor } from "../../mod.ts";

/** How far the weights that make a channel spread: a filter of equal numbers says little. */
const spread: Criterion = ({ channels, slots }, tensors) => {
  const { tensor, indices, width } = slots.find(({ role }) => role === "out")!;
  const { data, dims } = tensors.get(tensor) as Tensor;
  const size = data.length / dims[0]!;
  return Float64Array.from({ length: channels }, (_, channel) => {
    const row = indices[channel * width]!;
    const filter = (data as Float32Array).subarray(row * size, (row + 1) * size);
    return Math.max(...filter) - Math.min(...filter);
  });
};

const model = resnetCifar({ depth: 20 });
console.log(`${planPruning(model, { target: { macs: 0.5 }, criterion: spread })}`);
