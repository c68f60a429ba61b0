import type { Progress } from "../../progress.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { FitOptions } from "../../train/fit.ts";
import { sgd } from "../../train/optimizers.ts";
import { multiStep } from "../../train/schedules.ts";
import type { MetaData } from "./data/data.ts";

/** How one training runs: SGD with momentum 0.9, the rate divided by ten at each milestone. */
export interface Recipe {
  /** Number of epochs. */
  epochs: number;
  /** Learning rate at first. */
  rate: number;
  /** Parts of the run. */
  milestones: readonly number[];
  /** Examples of a batch. */
  batchSize: number;
  /** Batches whose gradients are averaged for an update. Default 1. */
  accumulate?: number;
  /** Part of each weight that is added to its gradient. Default 5e-4. */
  weightDecay?: number;
  /** Crops and flips. Default false. */
  augment?: boolean;
}

/** A recipe as `fit` takes it. */
export function trainingOf(
  { epochs, rate, milestones, batchSize, accumulate = 1, weightDecay = 5e-4, augment = false }: Recipe,
  { data, seed, runtime, progress }: {
    data: Pick<MetaData, "augment">;
    seed: number;
    runtime: Runtime;
    progress?: Progress;
  },
): FitOptions {
  return {
    epochs,
    batchSize,
    accumulate,
    optimizer: sgd({ momentum: 0.9, nesterov: false, weightDecay }),
    schedule: multiStep({ rate, milestones }),
    seed,
    runtime,
    progress,
    augment: augment ? data.augment : undefined,
  };
}
