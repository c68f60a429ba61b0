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
 * A perceptron on the vectors and behind them the inner products of all pairs ⟨zᵢ, zⱼ⟩, i < j.
 *
 * Source: Qu and others, "Product-based neural networks for user response prediction", ICDM 2016.
 */
export function ipnn(options: HiddenOptions = {}): Interaction {
  requireOptions("ipnn", options, HIDDEN_OPTIONS);
  const { hidden = HIDDEN } = options;
  return {
    name: "IPNN",
    linear: false,
    build(g, vectors, { random }) {
      const count = vectors.widths.length;
      const z = vectors.stacked();
      const products = g.reshape(g.matMul(z, g.transpose(z, [0, 2, 1])), [-1, count * count]);
      const upper = Array.from({ length: count }, (_, i) => i)
        .flatMap((i) => Array.from({ length: count - 1 - i }, (_, k) => i * count + i + 1 + k));
      const x = g.concat([vectors.flat(), g.gather(products, g.ints(upper), 1)], 1);
      return perceptronLogit(g, x, { widths: hidden, random, in: sumOf(vectors.widths) + upper.length });
    },
    cut: (weights, columns, from) => cutColumns(weights, firstLayer(hidden), columns, from),
  };
}
