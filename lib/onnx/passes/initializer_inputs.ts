import { Model } from "../model.ts";
import { requireModel } from "../require_model.ts";
import { fedInputs } from "../topology.ts";

/** From this IR version on, an initializer that is listed as an input is a default that may be fed over. */
const DEFAULTS_SINCE = 4;

/**
 * The model without its initializers among its inputs, where its IR version is so old that they had to be
 * listed there and could not be fed. The IR version becomes one that does not ask for it.
 */
export function dropInitializerInputs(model: Model): Model {
  requireModel(model);
  const { graph, info } = model;
  if (info.irVersion >= DEFAULTS_SINCE) return model;
  const inputs = fedInputs(graph);
  return new Model({ ...graph, inputs }, { ...info, irVersion: DEFAULTS_SINCE });
}
