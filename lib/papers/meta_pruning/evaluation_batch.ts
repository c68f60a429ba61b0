import type { Model } from "../../onnx/model.ts";
import { fixedBatchSize } from "../../train/fixed_batch_size.ts";
import { fedInputs } from "../../onnx/topology.ts";

/** Examples at most, and numbers of the model's input at most: 64 MiB. */
const [MOST, NUMBERS] = [500, 2 ** 24];

/** Examples that a model is evaluated on at a time: as many as are quick, fewer where each is large. */
export function evaluationBatch(model: Model): number {
  const { graph } = model;
  const input = fedInputs(graph)[0]!;
  const [, ...size] = graph.values.get(input)?.shape ?? [];
  const numbers = size.reduce<number>((product, dim) => product * (typeof dim === "number" ? dim : 1), 1);
  return fixedBatchSize(model) ?? Math.max(1, Math.min(MOST, Math.floor(NUMBERS / numbers)));
}
