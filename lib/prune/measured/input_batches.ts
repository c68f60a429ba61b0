import { TypeError } from "../../errors.ts";
import type { Model } from "../../onnx/model.ts";
import { fedInputs } from "../../onnx/topology.ts";
import type { Tensors } from "../../runtime/runtime.ts";
import { toBatches, type TrainingData } from "../../train/batches.ts";
import { cutFor } from "../../train/fixed_batch_size.ts";

/** The inputs of all examples, in batches; targets are not looked at. */
export async function* inputBatches(
  model: Model,
  data: TrainingData,
  { action, batchSize }: { action: string; batchSize?: number | undefined },
): AsyncIterable<Tensors> {
  const cut = cutFor(action, model, data, batchSize);
  const names = fedInputs(model.graph);
  const batches = "batch" in data ? data : toBatches(data, {
    ...cut,
    input: names[0]!,
    target: "targets",
  });
  for (let step = 0; step < batches.stepsPerEpoch; step++) {
    const { inputs } = await batches.batch(0, step);
    const missing = names.find((name) => inputs[name] === undefined);
    if (missing !== undefined) {
      throw new TypeError(
        `Cannot ${action}: the data have no "${missing}", which the model reads; give a tensor for each of its inputs`,
      );
    }
    yield Object.fromEntries(names.map((name) => [name, inputs[name]!]));
  }
}
