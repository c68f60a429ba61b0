import type { Model } from "../../onnx/model.ts";

/** A model with another's weights, where both have them. */
export function withWeights(model: Model, { graph: { initializers: other } }: Model): Model {
  const { graph } = model;
  const initializers = new Map(
    [...graph.initializers].map(([name, tensor]) => [name, other.get(name) ?? tensor]),
  );
  return model.withGraph({ ...graph, initializers });
}
