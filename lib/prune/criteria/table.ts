import { RangeError, TypeError } from "../../errors.ts";
import { bnScale } from "./bn_scale.ts";
import type { Criterion, CriterionOptions } from "./criterion.ts";
import { fpgm } from "./fpgm.ts";
import { groupL2 } from "./group_l2.ts";
import { l1 } from "./l1.ts";
import { l2 } from "./l2.ts";
import { lamp } from "./lamp.ts";
import { random } from "./random.ts";

/** Criteria that need nothing but the weights, by name. */
const criteria: Readonly<Record<string, (options: CriterionOptions) => Criterion>> = {
  "l1": () => l1,
  "l2": () => l2,
  "group-l2": () => groupL2,
  "bn-scale": () => bnScale,
  "random": ({ seed }) => random(seed),
  "fpgm": () => fpgm,
  "lamp": () => lamp,
};

/** Names a plan may ask for. "taylor" and "wanda" look at data as well. */
export type CriterionName =
  | "l1"
  | "l2"
  | "group-l2"
  | "bn-scale"
  | "taylor"
  | "wanda"
  | "random"
  | "fpgm"
  | "lamp";

/** All of these names. */
export const CRITERION_NAMES: readonly CriterionName[] = [
  ...Object.keys(criteria) as CriterionName[],
  "taylor",
  "wanda",
];

/**
 * The criterion of a name, or the function itself.
 *
 * @throws RangeError where the name is unknown, listing those that are
 * @throws TypeError for "taylor" and "wanda", which need more than weights
 */
export function criterionOf(criterion: CriterionName | Criterion, options: CriterionOptions): Criterion {
  if (typeof criterion === "function") return criterion;
  if (criterion === "taylor" || criterion === "wanda") {
    const what = criterion === "taylor" ? "take gradients over" : "see what layers read";
    throw new TypeError(
      `Cannot rank channels by "${criterion}" from weights alone: give planPruning examples to ${what}, ` +
        `planPruning(model, { criterion: "${criterion}", data, … }), and await the plan`,
    );
  }
  if (!Object.hasOwn(criteria, criterion)) {
    const names = CRITERION_NAMES.map((name) => `"${name}"`).join(", ");
    throw new RangeError(`Cannot rank channels by "${criterion}": expected one of ${names}, or a function`);
  }
  return criteria[criterion]!(options);
}
