import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import type { Model } from "../onnx/model.ts";
import { untieSharedConstants } from "../onnx/passes/untie_shared_constants.ts";

/**
 * The model as graphs are made of it, with the tensors that {@linkcode channelGroups} speaks of: constants
 * are initializers, and equal vectors that an exporter stored once are tensors of their own. A model without
 * either is its own normal form.
 */
export function normalForm(model: Model): Model {
  return untieSharedConstants(constantsToInitializers(model));
}
