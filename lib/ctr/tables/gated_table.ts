import { float32 } from "../../tensor/tensor.ts";
import { type EmbeddingTable, tableWeight } from "./table.ts";

/** Name of the gates, [fields, choices]. */
export const GATES = "gates";

/** Name of the input for Gumbel noise, float32 [1, fields, choices]; zeros where a model is judged. */
export const GATE_NOISE = "gates.noise";

/**
 * A table whose fields choose how many coordinates they use, relaxed: the masks of all choices are added,
 * weighed by softmax((gate + noise) / temperature).
 *
 * Source: Jang, Gu, Poole, "Categorical reparameterization with Gumbel-softmax", ICLR 2017.
 */
export function gatedTable(
  { widths, temperature }: { widths: readonly number[]; temperature: number },
): EmbeddingTable {
  return {
    name: `gated(${widths}, ${temperature})`,
    build(g, lookup) {
      const { fields, features, rows } = lookup;
      const choices = widths.length;
      const zeros = float32(new Float32Array(fields.length * choices), [fields.length, choices]);
      // Looked up, so that they are learned as a table is.
      const gates = g.gather(g.parameter(GATES, zeros), g.ints(fields.map((_, i) => i)));
      const noise = g.input(GATE_NOISE, "float32", [1, fields.length, choices]);
      const weights = g.softmax(g.mul(g.add(gates, noise), 1 / temperature)); // [1, F, K]
      const masks = widths.flatMap((width) => Array.from({ length: features }, (_, j) => j < width ? 1 : 0));
      const weighed = g.mul(g.unsqueeze(weights, [3]), g.constant(float32(masks, [choices, features])));
      return g.mul(g.gather(tableWeight(g, lookup), rows), g.reduceSum(weighed, [2], { keepdims: false }));
    },
  };
}
