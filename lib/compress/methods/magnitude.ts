import { smallestOfAll, smallestOfGroups, without } from "../numeric/smallest.ts";
import type { Method } from "./method.ts";

/** The smallest weights of the whole matrix go; nothing makes up for them. */
export const magnitude: Method = {
  does: ["sparsity"],
  calibrated: false,
  groups: "one",
  run({ weight, columns }, { sparsity, pattern, referenceCompatible }) {
    const scores = weight.map(Math.abs);
    const marks = pattern
      ? smallestOfGroups(scores, columns, pattern)
      : smallestOfAll(scores, sparsity, referenceCompatible);
    return { weight: without(weight, marks) };
  },
};
