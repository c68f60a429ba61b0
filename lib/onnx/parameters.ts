import { learnedConstants } from "./learned.ts";
import type { Model } from "./model.ts";

/**
 * The constants of a model that are learned numbers, as {@linkcode learnedConstants} finds them: weights,
 * biases, scales, embeddings. Statistics of batch normalizations are measured, not learned, and not among
 * them; nor are shapes, indices, and settings like the bounds of `Clip`.
 *
 * @param model one with inferred types and shapes
 */
export function parameterNames(model: Pick<Model, "graph" | "info">): Set<string> {
  const learned = [...learnedConstants(model)].filter(([, { role }]) => role !== "statistic");
  return new Set(learned.map(([name]) => name));
}
