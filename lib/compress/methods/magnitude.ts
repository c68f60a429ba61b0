import { smallestOfAll, smallestOfGroups, without } from "../numeric/smallest.ts";
import type { Method } from "./method.ts";

/** The smallest weights of the whole matrix go; nothing makes up for them. */
export const magnitude: Method = {
  does: ["sparsity"],
  calibrated: false,
  groups: "one",
  run({ weight, columns }, { sparsity, nm, referenceCompatible }) {
    const scores = weight.map(Math.abs);
    const marks = nm
      ? smallestOfGroups(scores, columns, nm)
      : smallestOfAll(scores, sparsity, referenceCompatible);
    return { weight: without(weight, marks) };
  },
};
