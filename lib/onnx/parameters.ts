import { learnedConstants } from "./learned.ts";
import type { Graph } from "./model.ts";

/**
 * The constants of a graph that are learned numbers, as {@linkcode learnedConstants} finds them: weights,
 * biases, scales, embeddings. Statistics of batch normalizations are measured, not learned, and not among
 * them; nor are shapes, indices, and settings like the bounds of `Clip`.
 *
 * @param graph one with inferred types and shapes
 */
export function parameterNames(graph: Graph): Set<string> {
  const learned = [...learnedConstants(graph)].filter(([, { role }]) => role !== "statistic");
  return new Set(learned.map(([name]) => name));
}
