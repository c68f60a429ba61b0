import { requireOptions } from "../../options.ts";
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
 * A perceptron on the vectors, one after the other; not begun from a factorisation machine, as OptEmbed has
 * it.
 *
 * Source: Zhang, Du, Wang, "Deep learning over multi-field categorical data", ECIR 2016.
 */
export function fnn(options: HiddenOptions = {}): Interaction {
  requireOptions("fnn", options, HIDDEN_OPTIONS);
  const { hidden = HIDDEN } = options;
  return {
    name: "FNN",
    linear: false,
    build: (g, vectors, { random }) =>
      perceptronLogit(g, vectors.flat(), { widths: hidden, random, in: sumOf(vectors.widths) }),
    cut: (weights, columns, from) => cutColumns(weights, firstLayer(hidden), columns, from),
  };
}
