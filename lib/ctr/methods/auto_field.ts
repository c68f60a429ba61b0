import { requireOptions } from "../../options.ts";
import { chooseByGates, GATE_OPTIONS, type GateOptions, requireGates } from "./gates.ts";
import type { TableMethod } from "./method.ts";

/**
 * AutoField: each field stays or goes as a whole, by a gate that is learned on the validation rows.
 *
 * Source: Wang, Zhao, Xu, Wu, "AutoField: automating feature selection in deep recommender systems", WWW
 * 2022. Here weights and gates take turns of a whole pass, not of a step.
 */
export function autoField(options: GateOptions = {}): TableMethod {
  requireOptions("autoField", options, GATE_OPTIONS);
  requireGates("autoField", options);
  return { name: "AutoField", choose: (task) => chooseByGates(task, [0, task.features], options) };
}
