import { seededRandom } from "../../random.ts";
import type { Criterion } from "./criterion.ts";

/** Uniform numbers: the baseline. The same seed gives the same ones for the same group. */
export const random = (seed: number): Criterion => (group) => {
  const stream = seededRandom(seed, "prune", group.id, group.name);
  return Float64Array.from({ length: group.channels }, () => stream.uniform());
};
