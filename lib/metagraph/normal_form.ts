import { hoistConstants } from "../onnx/hoist_constants.ts";
import type { Model } from "../onnx/model.ts";
import { separateVectors } from "../prune/separate_vectors.ts";

/**
 * The model as graphs are made of it, with the tensors that {@linkcode channelGroups} speaks of: constants are
 * initializers, and equal vectors that an exporter stored once are tensors of their own. A model without either
 * is its own normal form.
 */
export function normalForm(model: Model): Model {
  return separateVectors(hoistConstants(model));
}
