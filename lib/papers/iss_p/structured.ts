import { countMacs } from "../../onnx/count_macs.ts";
import type { Model } from "../../onnx/model.ts";
import { planPruning } from "../../prune/plan.ts";
import { prune } from "../../prune/prune.ts";
import { weightsOf } from "../../nn/weights.ts";
import { isPrunable } from "../../sparse/is_prunable.ts";
import { fit } from "../../train/fit.ts";
import { meanAbsoluteError } from "../../train/losses.ts";
import { adamW } from "../../train/optimizers.ts";
import type { Schedule } from "../../train/schedules.ts";
import { scoreModel } from "../../superres/data.ts";
import { silent } from "../../progress.ts";
import { startStopwatch } from "./stopwatch.ts";
import { NETWORKS } from "./networks.ts";
import { patches } from "../../superres/patches.ts";
import {
  type RunSpec,
  savedIn,
  testScores,
  timesIn,
  type TrainAndTestOptions,
  type Trained,
  twoStages,
} from "./train_and_test.ts";

/**
 * The honest alternative to single zeros: dense training as long as the others learn their structure, then
 * whole channels go, the least by group norm, until as many multiply-adds are left as the others keep
 * weights, then fine-tuning as the others'. The result is a smaller dense network, fast on any engine.
 *
 * @throws RangeError where so few multiply-adds cannot be reached
 */
export async function pruneAndTest(
  spec: RunSpec,
  { data, runtime, progress = silent, signal, checkpoints }: TrainAndTestOptions,
): Promise<Trained> {
  const { pruningSteps, steps, seed, sparsity, rate } = spec;
  const watch = await startStopwatch(timesIn(checkpoints));
  const whole = twoStages(rate, pruningSteps, spec.halvings);
  const train = async (name: string, model: Model, [from, to]: [number, number]) => {
    if (from === to) return model;
    const source = patches(data.train, {
      scale: data.scale,
      batchSize: spec.batchSize,
      size: spec.patch,
      stepsPerEpoch: steps,
      seed,
    });
    // The same batches as one run over all steps would see.
    const { batch } = source;
    const schedule: Schedule = (step) => whole(from + step, steps);
    const { model: trained } = await fit(model, {
      stepsPerEpoch: to - from,
      batch: (_epoch, step) => batch(0, from + step),
    }, {
      epochs: 1,
      loss: meanAbsoluteError(),
      optimizer: adamW({ betas: [0.9, 0.99], epsilon: 1e-8, weightDecay: 0 }),
      schedule,
      seed,
      runtime,
      progress: watch.keptBy(progress),
      signal,
      ...checkpoints !== undefined && savedIn(checkpoints, name),
    });
    return trained;
  };
  const dense = await train("dense", NETWORKS[spec.network].build(data.scale, seed), [0, pruningSteps]);
  const smaller = pruneTo(dense, 1 - sparsity);
  const cut = await scoreModel(smaller, data, runtime);
  const trained = await train("smaller", smaller, [pruningSteps, steps]);
  const weights = (model: Model) =>
    weightsOf(model).filter(isPrunable).reduce((sum, { tensor }) => sum + tensor.data.length, 0);
  const [before, after] = [countMacs(dense, shapesOf(dense)), countMacs(trained, shapesOf(trained))];
  const row = {
    ...spec,
    trained: data.trainName,
    tested: data.testName,
    ...await testScores(trained, data, runtime),
    afterCut: cut.mean,
    kept: weights(trained),
    zerosOfPruned: 1 - weights(trained) / weights(dense),
    zerosOfAll: 1 - after.parameters / before.parameters,
    turnover: 0,
    gradient: 0,
    ...watch.times(),
    log: [],
  };
  return { row, model: trained };
}

/** The model with so small a part of its multiply-adds. */
export function pruneTo(model: Model, macs: number): Model {
  return prune(
    model,
    planPruning(model, { target: { macs }, criterion: "group-l2", roundTo: 1, ...shapesOf(model) }),
  );
}

/** Any size of image will do: all multiply-adds are per pixel. */
export function shapesOf({ graph }: Model): { inputShapes: Record<string, number[]> } {
  const input = graph.inputs[0]!;
  const channels = graph.values.get(input)!.shape![1] as number;
  return { inputShapes: { [input]: [1, channels, 48, 48] } };
}
