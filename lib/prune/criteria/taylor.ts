import { TypeError } from "../../errors.ts";
import { sizeOf, type Tensor } from "../../tensor/tensor.ts";
import { arrayOf } from "../../tensor/arrays.ts";
import { type Criterion, slotsOf } from "./criterion.ts";

/**
 * First-order change of the loss when a channel is zeroed: |Σ w · ∂L/∂w| over the filters, scales and shifts
 * that make it.
 *
 * Source: P. Molchanov, A. Mallya, S. Tyree, I. Frosio, J. Kautz, "Importance estimation for neural network
 * pruning", CVPR 2019, equation 8 (without the square).
 *
 * @param gradients the gradient of the loss for each stored tensor, by name, as `gradients()` gives them
 * @throws TypeError where a group has no gradient for any of its tensors
 */
export function taylor(gradients: Readonly<Record<string, Tensor>>): Criterion {
  return (group, tensors) => {
    const sums = new Float64Array(group.channels);
    const slots = slotsOf(group, tensors, ["out", "scale", "bias"]).filter(({ tensor }) =>
      Object.hasOwn(gradients, tensor)
    );
    if (slots.length === 0) {
      throw new TypeError(
        `Cannot rank channels of group "${group.name}" by "taylor": none of its tensors has a gradient, as ` +
          `where all are stored in codes; leave the group out with ignore, or rank by "wanda"`,
      );
    }
    for (const { tensor, axis, indices, width } of slots) {
      const { dims } = tensors.get(tensor)!;
      const weights = arrayOf(tensors.get(tensor)!);
      const gradient = arrayOf(gradients[tensor]!);
      const inner = sizeOf(dims.slice(axis + 1));
      const outer = gradient.length / (inner * dims[axis]!);
      indices.forEach((position, i) => {
        for (let o = 0; o < outer; o++) {
          const start = (o * dims[axis]! + position) * inner;
          for (let k = start; k < start + inner; k++) {
            sums[Math.floor(i / width)]! += weights[k]! * gradient[k]!;
          }
        }
      });
    }
    return sums.map(Math.abs);
  };
}
