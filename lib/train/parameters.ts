import { type Weight, weightsOf } from "../nn/weights.ts";
import type { Model } from "../onnx/model.ts";

/** Settings of {@linkcode trainableParameters}. */
export interface TrainableOptions {
  /**
   * Which weights stay as they are. It is asked about batch norms' running statistics, too: a batch norm whose
   * statistics are frozen goes on normalising with them. Default: none.
   */
  freeze?: (weight: Weight) => boolean;
}

/** The weights of a model that training changes: all learned ones but statistics and what is frozen. */
export function trainableParameters(model: Model, { freeze = () => false }: TrainableOptions = {}): Weight[] {
  return weightsOf(model).filter((weight) => weight.role !== "statistic" && !freeze(weight));
}
