/**
 * Compressed reasoning models: what pruning and rounding cost, measured on equal bytes. The experiment of
 * notebook 06.
 *
 * @module
 */
export { kinds, type LrmUnits, unitsOf } from "./experiment.ts";
export { type LrmPreset, PRESETS } from "./presets.ts";
export * as published from "./published.ts";
