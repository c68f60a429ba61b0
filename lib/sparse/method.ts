import { requireNumbers } from "../bounds.ts";
import { givenInWords, isRecord } from "../given.ts";
import { TypeError } from "../errors.ts";
import type { OptionNames } from "../options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Weight } from "../nn/weights.ts";
import type { Sparsify } from "../train/sparsifier.ts";
import type { Masks } from "../train/weight_mask.ts";
import { isPrunable } from "./is_prunable.ts";
import { sparsifier } from "./sparsifier.ts";

/** One weight tensor that a method prunes, as it is between two steps of training. */
export interface SparseLayer {
  /** Name of the tensor among the model's initializers. */
  readonly name: string;
  /** Shape. */
  readonly dims: readonly number[];
  /**
   * The tensor that the next step computes with; on a GPU for methods that say
   * {@linkcode SparseRules.supportsGpu}.
   */
  readonly tensor: Tensor;
  /**
   * Numbers of the weight, flat in storage order, as long as the product of `dims`: what is written here, the
   * next step computes with. None where it is on a GPU.
   */
  readonly weights: Float32Array;
  /**
   * A coefficient per weight, as long as `weights`, 0 at first. Its product with the weight is added to the
   * weight's gradient before the optimizer sees it. Only for methods that ask for {@linkcode
   * SparseRules.usesPerWeightDecay}; empty for others.
   */
  readonly decay: Float32Array;
  /**
   * A byte per weight, flat in storage order, 0 at first, for what such a method must remember: which weights
   * it chose. Saved with the run.
   */
  readonly marks: Uint8Array;
}

/** Where a run of training is. */
export interface SparseMoment {
  /** Steps of training done; before a step, its number, from 1. */
  readonly step: number;
  /** Steps of structure learning: after so many, the masks are frozen. */
  readonly pruningSteps: number;
  /** Learning rate of that step; of the first one before there was any. */
  readonly rate: number;
  /** The highest rate of structure learning: the same all along, and known before a warm-up reaches it. */
  readonly highestRate: number;
  /** Seed of the run: whatever a method draws, it draws from this. */
  readonly seed: number;
}

/**
 * How weights become zero while a network is trained, in two stages: structure learning, in which the method
 * sets decay before each step and works on the weights after it, and fine-tuning, in which its masks hold.
 *
 * A method keeps nothing to itself between steps, so that a run that was killed goes on bit for bit: what it
 * does follows from the weights, their decay and marks, the moment, and the plan it made of the weights that
 * the run began with.
 */
export interface SparseRules<Plan = unknown> {
  /** The method in words and numbers, as it enters a checkpoint's fingerprint. */
  readonly name: string;
  /** Whether the method works through {@linkcode SparseLayer.decay}. Default false. */
  readonly usesPerWeightDecay?: boolean;
  /**
   * Whether the method works on tensors where they lie, with kernels. Others are given all on the CPU.
   * Default false.
   */
  readonly supportsGpu?: boolean;
  /** Which weights it prunes. Default: those of convolutions, products, recurrent layers. */
  prunable?: ((weight: Weight) => boolean) | undefined;
  /** Steps of structure learning in a run of so many steps. */
  pruningSteps(steps: number): number;
  /**
   * Looks at the weights before the first step, not to change them. Called again when a run resumes, with the
   * same weights, so what it returns must follow from them alone.
   */
  before?(layers: readonly SparseLayer[], run: SparseMoment): Plan;
  /**
   * Sets decay and marks before each step of structure learning, by the weights that the step is computed
   * with.
   */
  beforeStep?(layers: readonly SparseLayer[], next: SparseMoment, plan: Plan): void | Promise<void>;
  /** Works on the weights after each step of structure learning. */
  afterStep?(layers: readonly SparseLayer[], now: SparseMoment, plan: Plan): void | Promise<void>;
  /**
   * Decides, after the last step of structure learning, which weights stay: of each layer, and, where it
   * knows them beforehand, of weights that do not train and have those zeros.
   */
  freeze(layers: readonly SparseLayer[], now: SparseMoment, plan: Plan): Masks | Promise<Masks>;
}

/** {@linkcode SparseRules} that `fit` can follow: what {@linkcode sparseMethod} makes of them. */
export interface SparseMethod<Plan = unknown> extends SparseRules<Plan>, Sparsify {
  /** Whether the method prunes a weight. */
  prunable(weight: Weight): boolean;
}

/** The method that follows these rules, for the option `sparsify` of `fit`. */
export function sparseMethod<Plan>(rules: SparseRules<Plan>): SparseMethod<Plan> {
  if (!isRecord(rules)) {
    throw new TypeError(
      `Cannot make a sparse method of ${
        givenInWords(rules)
      }: expected its rules, such as { name, pruningSteps, freeze }`,
    );
  }
  return {
    ...rules,
    prunable: rules.prunable ?? isPrunable,
    // By `this`: a copy of a method with one rule changed follows that rule.
    sparsifier(run) {
      return sparsifier(this, run);
    },
  };
}

/** How long structure learning lasts, an option of all methods. */
export interface PruningStepsOptions {
  /** Steps of structure learning. Default: 70 % of the run, rounded. */
  pruningSteps?: number | undefined;
}

/** Names of {@linkcode PruningStepsOptions}. */
export const PRUNING_STEPS_OPTIONS: OptionNames<PruningStepsOptions> = { pruningSteps: true };

/** Which share of the weights goes, an option of all methods. */
export interface SparsityOptions {
  /** Share of each layer's weights that become zero, 0 to 1. Default 0.9. */
  sparsity?: number | undefined;
  /** Which weights are pruned. Default: those of convolutions, products, recurrent layers. */
  prunable?: ((weight: Weight) => boolean) | undefined;
}

/** Names of {@linkcode SparsityOptions}. */
export const SPARSITY_OPTIONS: OptionNames<SparsityOptions> = { sparsity: true, prunable: true };

/**
 * {@linkcode SparseRules.pruningSteps} for an option. Throws RangeError unless it is a whole number from 0.
 */
export function pruningStepsOf(option: number | undefined): (steps: number) => number {
  if (option !== undefined) {
    requireNumbers("learn a structure", { pruningSteps: option }, { whole: true, from: 0 });
  }
  return (steps) => option ?? Math.round(0.7 * steps);
}
