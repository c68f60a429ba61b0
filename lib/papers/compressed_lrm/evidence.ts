import type { Results } from "../../experiment/results.ts";
import type { AllocationRow } from "./allocation.ts";
import type { AskedRow } from "./asked.ts";
import type { LrmUnits } from "./experiment.ts";
import type { AttributionRow } from "./matrices/attributed.ts";
import type { ProtectionRow } from "./matrices/protection.ts";
import type { SensitivityRow } from "./matrices/sensitivity.ts";
import type { PerplexityRow } from "./perplexity.ts";

/** Rows that verdicts are computed from. */
export interface Evidence {
  /** Answers of dense and compressed probes. */
  asked: readonly AskedRow[];
  /** Compressed language models on texts. */
  texts: readonly PerplexityRow[];
  /** Matrices rounded alone. */
  sensitivity: readonly SensitivityRow[];
  /** Answers of a probe with one matrix rounded alone. */
  alone: readonly AskedRow[];
  /** Matrices weighed by behaviours. */
  attributed: readonly AttributionRow[];
  /** Matrices kept at 16 bits by several rules. */
  protection: readonly ProtectionRow[];
  /** Bits given to matrices by several rules. */
  allocations: readonly AllocationRow[];
}

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
