import { smallestOfEach, smallestOfGroups, without } from "../numeric/smallest.ts";
import type { Method } from "./method.ts";

/**
 * In each row ⌊columns · sparsity⌋ weights go, those with the smallest |w| · ‖x‖ over the calibration tokens.
 * Source: M. Sun, Z. Liu, A. Bair, J. Z. Kolter, "A Simple and Effective Pruning Approach for Large Language
 * Models", 2023.
 */
export const wanda: Method = {
  does: ["sparsity"],
  calibrated: true,
  run({ weight, columns, inputs }, { sparsity, nm }) {
    const { gram, sequences } = inputs!;
    const norms = Float64Array.from(
      { length: columns },
      (_, j) => Math.sqrt(gram[j * columns + j]! / sequences),
    );
    const scores = weight.map((value, i) => Math.abs(value) * norms[i % columns]!);
    const marks = nm
      ? smallestOfGroups(scores, columns, nm)
      : smallestOfEach(scores, columns, (length) => Math.floor(length * sparsity));
    return { weight: without(weight, marks) };
  },
};
