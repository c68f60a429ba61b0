import type { Model } from "../onnx/model.ts";
import { fedInputs } from "../onnx/topology.ts";

/** The number of examples that a model takes at a time, where its first input fixes it. */
export function fixedBatchSize({ graph }: Model): number | undefined {
  const [input] = fedInputs(graph);
  const rows = input === undefined ? undefined : graph.values.get(input)?.shape?.[0];
  return typeof rows === "number" ? rows : undefined;
}
