import type { Model } from "../onnx/model.ts";

/** The number of examples that a model takes at a time, where its first input fixes it. */
export function fixedBatchSize({ graph }: Model): number | undefined {
  const input = graph.inputs.find((name) => !graph.initializers.has(name));
  const rows = input === undefined ? undefined : graph.values.get(input)?.shape?.[0];
  return typeof rows === "number" ? rows : undefined;
}
