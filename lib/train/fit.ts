import { requireOptions } from "../options.ts";
import { requireModel } from "../onnx/require_model.ts";
import type { Model } from "../onnx/model.ts";
import type { TrainingData } from "./batches.ts";
import { holdCheckpoint, startOrResume } from "./fit/checkpoints.ts";
import { requireWritable } from "../files/replace_files.ts";
import { trainToEnd } from "./fit/loop.ts";
import { isDone } from "./fit/report.ts";
import { FIT_OPTIONS, type FitOptions, type FitResult } from "./fit/options.ts";
import { requireData } from "./loss_batches.ts";
import { largestShapes, setUp } from "./fit/setup.ts";
import { withRuntime } from "./with_runtime.ts";

export type { CheckpointOptions, FitOptions, FitResult, Watched } from "./fit/options.ts";

/**
 * Trains a model: any one whose operators have gradients, built, imported or pruned.
 *
 * A last batch that is smaller than the others is trained on like them, unless the model fixes its batch
 * size: then it is left out, and shuffling sees to it that others are next time. A batch of a single example
 * is refused where a batch norm takes its statistics across examples alone. All randomness follows from
 * `seed` and the step's number; same seed, same engine, same numbers, also over interruptions.
 *
 * @throws TypeError where data and model do not fit together, an operator has no gradient, or the checkpoint
 * is of another run; RangeError where a loss, a weight or the learning rate is no longer a number, where a
 * batch norm would see a single example, and where `memory` is less than a step can do with; Error where the
 * checkpoint cannot be written, or another process trains with it; the signal's reason where it is aborted
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 * import { float32, int64 } from "../tensor/tensor.ts";
 * import { evaluate } from "./evaluate.ts";
 * import { oneCycle } from "./schedules.ts";
 *
 * const inputs = float32([0, 0, 0, 1, 1, 0, 1, 1], [4, 2]);
 * const targets = int64([0, 1, 1, 0]); // exclusive or
 * const { model, history } = await fit(mlp({ sizes: [2, 16, 2] }), { inputs, targets }, {
 *   epochs: 100,
 *   schedule: oneCycle({ rate: 0.5 }),
 * });
 * assert.equal(history.length, 100);
 * assert.equal((await evaluate(model, { inputs, targets })).accuracy, 1);
 * ```
 */
export async function fit(model: Model, data: TrainingData, options: FitOptions): Promise<FitResult> {
  requireModel(model);
  requireData("train", data);
  requireOptions("fit", options, FIT_OPTIONS, "{ epochs: 10 }, how often to go through the data");
  const shapes = options.memory === undefined ? undefined : await largestShapes(model, data, options);
  const setup = setUp(model, data, options, shapes);
  await using held = await holdCheckpoint(setup);
  return await withRuntime(options.runtime, async (runtime) => {
    const run = await startOrResume(setup, runtime.engine);
    held.require(run);
    if (setup.saving && !isDone(setup, run)) await requireWritable(setup.saving.path, "checkpoint");
    return await trainToEnd(setup, run, runtime);
  });
}
