import { RangeError } from "../../errors.ts";
import { type OptionNames, requireOptions } from "../../options.ts";
import { chooseByGates, GATE_OPTIONS, type GateOptions, requireGates } from "./gates.ts";
import type { TableMethod } from "./method.ts";

/** Settings of {@linkcode autoDim}. */
export interface AutoDimOptions extends GateOptions {
  /** Numbers of coordinates to choose among. Default: a quarter, a half and all of them. */
  widths?: readonly number[] | undefined;
}

/** Names of {@linkcode AutoDimOptions}. */
const AUTO_DIM_OPTIONS: OptionNames<AutoDimOptions> = { ...GATE_OPTIONS, widths: true };

/**
 * AutoDim: each field chooses a number of coordinates, by gates that are learned on the validation rows.
 *
 * Source: Zhao and others, "AutoDim: field-aware embedding dimension search in recommender systems", WWW
 * 2021. Here all choices share their first coordinates, as in OptEmbed's supernet, instead of having a table
 * and a transformation each, and weights and gates take turns of a whole pass.
 */
export function autoDim(options: AutoDimOptions = {}): TableMethod {
  requireOptions("autoDim", options, AUTO_DIM_OPTIONS);
  requireGates("autoDim", options);
  return {
    name: "AutoDim",
    choose(task) {
      const { features } = task;
      const widths = options.widths ??
        [...new Set([Math.ceil(features / 4), Math.ceil(features / 2), features])];
      const bad = widths.find((width) => !Number.isInteger(width) || width < 0 || width > features);
      if (widths.length < 2 || bad !== undefined) {
        throw new RangeError(
          `Cannot choose among ${
            widths.join(", ")
          } coordinates: expected at least two whole numbers from 0 to the ` +
            `${features} of a full vector`,
        );
      }
      return chooseByGates(task, widths, options);
    },
  };
}
