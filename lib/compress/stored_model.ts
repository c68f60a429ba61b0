import type { Model } from "../onnx/model.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import { upgradeOpset } from "../onnx/upgrade.ts";

/** The operator set that graphs are rewritten in, where a model is older. */
const LEAST_OPSET = 18;

/**
 * The model as this folder adds nodes to it: weights among the initializers, under their names, and an
 * operator set that has the nodes as they are written here.
 *
 * @throws as `upgradeOpset` does, where an older model cannot be brought there
 */
export function storedModel(model: Model): Model {
  return constantsToInitializers(upgradeOpset(model, LEAST_OPSET));
}
