import { requireOptions } from "../../options.ts";
import { firstOrder, pairs } from "./fm.ts";
import type { Interaction } from "./interaction.ts";
import {
  cutColumns,
  firstLayer,
  HIDDEN,
  HIDDEN_OPTIONS,
  type HiddenOptions,
  perceptronLogit,
} from "./perceptron.ts";
import { sumOf } from "../sum_of.ts";

/**
 * A factorisation machine and a perceptron on the same vectors, added.
 *
 * Source: Guo, Tang, Ye, Li, He, "DeepFM: a factorization-machine based neural network for CTR prediction",
 * IJCAI 2017.
 */
export function deepFm(settings: HiddenOptions = {}): Interaction {
  requireOptions("deepFm", settings, HIDDEN_OPTIONS);
  const { hidden = HIDDEN } = settings;
  return {
    name: "DeepFM",
    linear: true,
    build(g, vectors, { random, linear }) {
      const options = { widths: hidden, random, in: sumOf(vectors.widths) };
      const deep = perceptronLogit(g, vectors.flat(), options);
      return g.add(g.add(firstOrder(g, linear!), pairs(g, vectors)), deep);
    },
    cut: (weights, columns, from) => cutColumns(weights, firstLayer(hidden), columns, from),
  };
}
