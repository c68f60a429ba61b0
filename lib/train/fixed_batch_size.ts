import { RangeError } from "../errors.ts";
import type { Model } from "../onnx/model.ts";
import { fedInputs } from "../onnx/topology.ts";
import type { BatchOptions, TrainingData } from "./batches.ts";
import { requireData } from "./loss_batches.ts";

/** The number of examples that a model takes at a time, where its first input fixes it. */
export function fixedBatchSize({ graph }: Model): number | undefined {
  const [input] = fedInputs(graph);
  const rows = input === undefined ? undefined : graph.values.get(input)?.shape?.[0];
  return typeof rows === "number" ? rows : undefined;
}

/**
 * How examples are cut for a model: into batches of as many as it fixes, without a smaller last one, else of
 * as many as were asked for, else of 128. Ready batches stay as they are.
 *
 * @param action what cannot be done, for the error: "train", "evaluate"
 * @param asked the option `batchSize`
 * @throws RangeError where the model fixes another size; TypeError where there are no data
 */
export function cutFor(
  action: string,
  model: Model,
  data: TrainingData,
  asked: number | undefined,
): Pick<BatchOptions, "batchSize"> & { dropLast: boolean } {
  requireData(action, data);
  const fixed = fixedBatchSize(model);
  if (!("batch" in data) && fixed !== undefined && asked !== undefined && asked !== fixed) {
    throw new RangeError(
      `Cannot ${action} with batchSize ${asked}: expected ${fixed}, which the model fixes; leave it out, or export ` +
        "the model for batches of any size",
    );
  }
  return { batchSize: fixed ?? asked ?? 128, dropLast: fixed !== undefined };
}
