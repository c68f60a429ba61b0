import type { Model } from "../../lib/onnx/model.ts";

/** A model with its products of codes in float32: ONNX Runtime does not round what goes into them then. */
export function withFloatInputs(model: Model): Model {
  const nodes = model.graph.nodes.map((node) => {
    const { accuracy_level: _, ...attributes } = node.attributes;
    return { ...node, attributes };
  });
  return model.withGraph({ ...model.graph, nodes });
}
