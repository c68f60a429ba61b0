import { TypeError } from "../../errors.ts";
import { sizeOf, Tensor } from "../../tensor/tensor.ts";
import { arrayOf } from "../../tensor/arrays.ts";
import { type Criterion, slotsOf, sumSlot } from "./criterion.ts";

/** How large the inputs of a layer are, for the weight that multiplies them. */
export interface InputNorms {
  /** Axis of the weight that the layer sums over; absent where it is not known. */
  axis: number | undefined;
  /** L2 norm of each input, over all calibration data; or one of all inputs together. */
  norms: Float64Array;
  /** Groups of a convolution, of which each has inputs of its own; otherwise 1. */
  groups: number;
}

/**
 * |w| · ‖x‖ of all weights that read a channel, added up: how much less its readers get. Of channels that no
 * weight reads, and of whole blocks and experts, of the weights that make them.
 *
 * Of a weight that several layers multiply with, ‖x‖² is the sum of the squares over all of them: the norm of
 * what reaches the weight in all its places, as if one layer read all rows. Where one layer sums over the
 * rows of the weight and another over its columns, ‖x‖² is of the weight's row in one and of its column in
 * the other, and the score is the norm of what both outputs lose.
 *
 * Source: M. Sun, Z. Liu, A. Bair, J. Z. Kolter, "A Simple and Effective Pruning Approach for Large Language
 * Models", ICLR 2024, equation 1, summed over the weights of a channel; its ‖X_j‖ is over all tokens that the
 * layer reads (section 3), which for a shared weight are those of all its layers.
 *
 * @param inputs norms of what layers read, by the names of their weights; a list where several share one
 * @throws TypeError where no layer that a group has a weight of was seen
 */
export function wanda(inputs: ReadonlyMap<string, InputNorms | readonly InputNorms[]>): Criterion {
  return (group, tensors) => {
    const seen = (role: "in" | "out") =>
      group.slots.filter((slot) => slot.role === role && inputs.has(slot.tensor));
    const slots = seen("in").length > 0 ? seen("in") : seen("out");
    if (slots.length === 0 && slotsOf(group, tensors, ["out", "in"]).length > 0) {
      throw new TypeError(
        `Cannot rank channels of group "${group.name}" by "wanda": no layer reads or makes them whose inputs are ` +
          `known; leave it out with ignore`,
      );
    }
    const sums = new Float64Array(group.channels);
    for (const slot of slots) {
      const weighted = weightedBy(tensors.get(slot.tensor)!, [inputs.get(slot.tensor)!].flat());
      sumSlot(slot, weighted, sums, (score) => score);
    }
    // Blocks differ in size, and are compared with one another: the mean of their weights.
    const weights = group.kind === "blocks"
      ? slots.reduce((count, { tensor }) => count + sizeOf(tensors.get(tensor)!.dims), 0)
      : 1;
    return sums.map((sum) => sum / weights);
  };
}

/** |w| · ‖x‖ for each weight, over all its readers. */
function weightedBy(tensor: Tensor, readers: readonly InputNorms[]): Tensor {
  const squares = new Float64Array(sizeOf(tensor.dims));
  for (const reader of readers) addSquares(reader, tensor.dims, squares);
  const scores = Float64Array.from(arrayOf(tensor), (weight, i) => Math.abs(weight) * Math.sqrt(squares[i]!));
  return new Tensor("float64", scores, tensor.dims);
}

/** Adds the square of the norm of what each weight is multiplied with. */
function addSquares({ axis, norms, groups }: InputNorms, dims: readonly number[], into: Float64Array): void {
  const inner = axis === undefined ? 1 : sizeOf(dims.slice(axis + 1));
  const length = axis === undefined ? 1 : dims[axis]!;
  const perGroup = into.length / groups;
  for (let i = 0; i < into.length; i++) {
    const place = Math.floor(i / inner) % length +
      (length < norms.length ? Math.floor(i / perGroup) * length : 0);
    into[i]! += norms[norms.length === 1 ? 0 : place]! ** 2;
  }
}
