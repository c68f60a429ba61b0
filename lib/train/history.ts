/** One epoch of a run of `fit`, for curves and tables. */
export interface EpochRow {
  /** Number of the epoch, from 1. */
  epoch: number;
  /** Steps done by its end. */
  step: number;
  /** Learning rate of its last step. */
  rate: number;
  /** Mean training loss over its examples, each as the weights were when it was its turn. */
  loss: number;
  /** Mean loss over the validation examples at its end. */
  validationLoss?: number;
  /** Part of the validation examples whose class was right, 0 to 1. */
  validationAccuracy?: number;
  /** Result of `score` of `fit` for the model at the epoch's end. */
  score?: number;
}
