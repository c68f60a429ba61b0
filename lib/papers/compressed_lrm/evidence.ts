import type { Results } from "../../experiment/results.ts";
import type { Evidence } from "./claims.ts";
import type { LrmUnits } from "./experiment.ts";

/** The evidence in the results of an experiment; runs that failed are left out. */
export function evidenceOf(units: LrmUnits, results: Results<unknown>): Evidence {
  return {
    asked: [...units.asked, ...units.calibrated].flatMap((unit) => results.rowsOf(unit)),
    texts: units.texts.flatMap((unit) => results.rowsOf(unit)),
    alone: units.alone.flatMap((unit) => results.rowsOf(unit)),
    attributed: units.attributed.flatMap((unit) => results.rowsOf(unit)),
    protection: results.rowsOf(units.protection),
    sensitivity: results.rowsOf(units.sensitivity),
    allocations: units.allocations.flatMap((unit) => results.rowsOf(unit)),
  };
}
