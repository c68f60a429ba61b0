/**
 * Experiments: units of work that are plain data, computed here, on Ray or on Slurm, kept for good, and never
 * computed twice.
 *
 * ```ts ignore
 * import { run } from "./mod.ts";
 *
 * const { rows, failures, fromStore, computed } = await run({
 *   units: unitsOf(PRESETS.quick),
 *   title: "Spirals",
 * });
 * ```
 *
 * @module
 */
export { type Kind, type Needed, type RowOf, type Unit, unit, type Work, type WorkContext } from "./unit.ts";
export { run, type RunOptions } from "./run.ts";
export { type Estimate, estimate } from "./estimate.ts";
export type { Place } from "./plan.ts";
export { runtimeOfUnits } from "./runtime_of_units.ts";
export type { Results } from "./results.ts";
export type { UnitFailure } from "./task.ts";
export { defaultStore, openStore, type Store } from "./store/store.ts";
export type { FailureRecord, UnitRecord } from "./store/record.ts";
export { presetNamed } from "./preset.ts";
export { type KindStatus, type StoreStatus, storeStatus } from "./store/status.ts";
