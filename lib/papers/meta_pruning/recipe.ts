import type { Progress } from "../../progress.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Augment } from "../../train/batches.ts";
import type { FitOptions } from "../../train/fit.ts";
import { crossEntropy, type Loss, mixedCrossEntropy } from "../../train/losses.ts";
import { cutMix, inTurn, mixUp, oneOf } from "../../train/mixing.ts";
import { adamW, sgd } from "../../train/optimizers.ts";
import { cosine, multiStep, perEpoch, type Schedule } from "../../train/schedules.ts";
import type { MetaData } from "./data/data.ts";

/** How one training runs. */
export interface Recipe {
  /** Number of epochs. */
  epochs: number;
  /** Learning rate at first, or the highest where it falls along a cosine. */
  rate: number;
  /** Parts of the run at which the rate is divided by ten. Default: none. */
  milestones?: readonly number[];
  /**
   * The rate goes along half a cosine wave instead, from epoch to epoch: the lowest rate, the part of the run
   * that it rises on before, and the part of the highest rate with which that begins.
   */
  cosine?: { readonly last: number; readonly warmUp: number; readonly first: number };
  /** How gradients change weights: SGD with momentum 0.9, or AdamW. Default `"sgd"`. */
  optimizer?: "sgd" | "adamW";
  /** Examples of a batch. */
  batchSize: number;
  /** Batches whose gradients are averaged for an update. Default 1. */
  accumulate?: number;
  /** Part of each weight that is added to its gradient. Default 5e-4. */
  weightDecay?: number;
  /** Highest norm of all gradients together. Default: no limit. */
  clip?: number;
  /** Part of the truth that is spread evenly over all classes. Default 0. */
  labelSmoothing?: number;
  /** Crops and flips. Default false. */
  augment?: boolean;
  /** Each batch goes through one of `mixUp` and `cutMix`, with these alphas. Default: neither. */
  mix?: { readonly mixUp: number; readonly cutMix: number };
}

/** The loss that a recipe minimises. */
export function lossOf({ labelSmoothing, mix }: Pick<Recipe, "labelSmoothing" | "mix">): Loss {
  return mix ? mixedCrossEntropy({ labelSmoothing }) : crossEntropy({ labelSmoothing });
}

/** A recipe as `fit` takes it. */
export function trainingOf(
  recipe: Recipe,
  { data, seed, runtime, progress }: {
    data: Pick<MetaData, "augment">;
    seed: number;
    runtime: Runtime;
    progress?: Progress;
  },
): FitOptions {
  const { epochs, batchSize, accumulate = 1, weightDecay = 5e-4, clip } = recipe;
  return {
    epochs,
    batchSize,
    accumulate,
    loss: lossOf(recipe),
    optimizer: recipe.optimizer === "adamW"
      ? adamW({ weightDecay })
      : sgd({ momentum: 0.9, nesterov: false, weightDecay }),
    schedule: scheduleOf(recipe),
    clip,
    seed,
    runtime,
    progress,
    augment: changesOf(recipe, data.augment),
  };
}

function scheduleOf({ rate, milestones = [], cosine: wave, epochs }: Recipe): Schedule {
  return wave ? perEpoch(cosine({ rate, ...wave }), epochs) : multiStep({ rate, milestones });
}

/** What is done to each batch, one after the other. */
function changesOf({ augment = false, mix }: Recipe, own: Augment): Augment | undefined {
  const mixed = mix && oneOf(mixUp({ alpha: mix.mixUp }), cutMix({ alpha: mix.cutMix }));
  if (augment && mixed) return inTurn(own, mixed);
  return augment ? own : mixed;
}
