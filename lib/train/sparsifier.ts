import type { Weight } from "../nn/weights.ts";
import type { Model } from "../onnx/model.ts";
import type { Runtime, Session, Tensors } from "../runtime/runtime.ts";
import type { TrainingStep } from "./training_step.ts";
import type { Masks } from "./weight_mask.ts";

/**
 * The option `sparsify` of {@linkcode fit}: a method that makes weights zero, such as `issP({ sparsity: 0.9
 * })`.
 */
export interface Sparsify {
  /** Whether the method prunes a weight. */
  prunable(weight: Weight): boolean;
  /**
   * Whether each step of training has a coefficient for every weight that is pruned, which times the weight
   * is added to the weight's gradient. Default false.
   */
  readonly usesPerWeightDecay?: boolean;
  /**
   * The method at work in one run of training.
   *
   * @throws TypeError where the model has nothing to prune; RangeError where the run is too short
   */
  sparsifier(run: SparsifierRun): Sparsifier;
}

/** The run of training that a {@linkcode Sparsifier} works in. */
export interface SparsifierRun {
  /** The model that is trained, with its first weights. */
  model: Model;
  /** The run's training step. */
  step: TrainingStep;
  /** Steps of the whole run. */
  steps: number;
  /** The learning rate of a step, counted from 0. */
  rate: (step: number) => number;
  /** Seed of the run, from which all that a method draws follows. */
  seed: number;
}

/**
 * Makes weights zero in one run of {@linkcode fit}, which calls it in this order: `begin`, then, at each
 * step, both others.
 */
export interface Sparsifier {
  /** The method in words and numbers, for a checkpoint's fingerprint. */
  readonly describe: string;
  /** Coefficients that each step is fed, by the step's input. */
  readonly feeds: Tensors;
  /** Which weights stay, as soon as that is decided. */
  readonly masks: Masks | undefined;
  /** Takes up its work in a session of a runtime: after step 0, or where a checkpoint left it. */
  begin(runtime: Runtime, session: Session, step: number, saved: Tensors | undefined): Promise<void>;
  /** Sets what the step of this number, from 1, is fed. */
  beforeStep(session: Session, step: number): Promise<void>;
  /** Works on the session's weights where they lie, after so many steps. */
  afterStep(session: Session, step: number): Promise<void>;
  /** Tensors that a checkpoint must hold to go on. */
  saved(): Tensors;
  /** Frees what it holds on a GPU. */
  release(): void;
}
