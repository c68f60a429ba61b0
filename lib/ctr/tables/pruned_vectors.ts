import { uniform } from "../../nn/init.ts";
import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import type { Lookup } from "./table.ts";

/** Name of the vectors for pruned rows, [fields, features]. */
export const PRUNED_VECTORS = "embedding.pruned";

/** A vector for each field that pruned rows of it give, [fields, features]; Xavier-uniform as one matrix. */
export function prunedVectors(g: GraphBuilder, { fields, features, random }: Lookup): Value {
  const bound = Math.sqrt(6 / (fields.length + features));
  const first = uniform(bound)([fields.length, features], random.split(PRUNED_VECTORS));
  // Looked up, so that it is learned as a table is.
  return g.gather(g.parameter(PRUNED_VECTORS, first), g.ints(fields.map((_, i) => i)));
}
